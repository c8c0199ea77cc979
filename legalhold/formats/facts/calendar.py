"""The facts of an event, task or note: what all its components say; occurrences aren't computed."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TypedDict, TypeVar
from zoneinfo import ZoneInfo

from legalhold.formats import exceptions
from legalhold.formats.addresses import Mailbox
from legalhold.formats.components import ComponentFile, Property, properties, read_components
from legalhold.formats.facts.item import ItemFacts, Recipient
from legalhold.formats.ical_dates import parse_calendar_date, parse_duration
from legalhold.formats.ics.objects import KINDS, members, read_calendar
from legalhold.formats.text_values import decode_value

_MAX_VALUES = 10_000
_NAME = re.compile(rb";CN=(?:\"([^\"]*)\"|([^;:]*))", re.IGNORECASE)
_ZONE = re.compile(rb";TZID=\"?/?([A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2})\"?(?:;|\Z)", re.IGNORECASE)

Lines = Iterable[list[Property]]
T = TypeVar("T")


class Times(TypedDict):
    """From the earliest start to the latest end."""

    start_at: datetime | None
    end_at: datetime | None


def calendar_facts(data: bytes) -> ItemFacts:
    """Read the facts of a calendar object: of all its components, the series before its overrides. Never raises."""
    file = read_components(data)
    components = sorted(_components(file), key=lambda lines: any(line.name == "RECURRENCE-ID" for line in lines))
    organizers, attendees = (_distinct(_person, components, name) for name in ("ORGANIZER", "ATTENDEE"))
    titles = _distinct(_text, components, "SUMMARY")
    marks = set(read_calendar(data).exceptions) if _has_wrapper(file) else set()
    if max(len(titles), len(organizers), len(attendees)) > _MAX_VALUES:
        marks.add(exceptions.TOO_LARGE)
    return ItemFacts(
        subject=" / ".join(titles[:_MAX_VALUES]),
        recipients=tuple(Recipient("sender", *person) for person in organizers[1:_MAX_VALUES]),
        names=tuple(_distinct(_text, components, "LOCATION", "CATEGORIES")),
        message_id=next(iter(_distinct(_text, components, "UID")), ""),
        **_times(components),
        organizer=next(iter(organizers), None),
        attendees=tuple(attendees[:_MAX_VALUES]),
        exceptions=tuple(sorted(marks)),
    )


def _has_wrapper(file: ComponentFile) -> bool:
    """A slice has no VCALENDAR around it: that it lacks one is no fault of it."""
    return any(root.name == "VCALENDAR" for root in file.roots)


def _components(file: ComponentFile) -> list[list[Property]]:
    """Give the lines of every component that is an object or a part of one."""
    return [
        properties(file.own_text(component))
        for root in file.roots
        for component in members(root)
        if component.name in KINDS or component.name == "VFREEBUSY"
    ]


def _distinct(read: Callable[[Property], T], components: Lines, *names: str) -> list[T]:
    """Give what the lines of some names say, each once, without empty ones."""
    found = (read(line) for name in names for lines in components for line in lines if line.name == name)
    return list(dict.fromkeys(value for value in found if value))


def _text(line: Property) -> str:
    return decode_value(line.value)


def _times(components: Lines) -> Times:
    """Give from when to when any of the components lasts."""
    starts = [start for lines in components if (start := _moment(lines, "DTSTART"))]
    ends = [end for lines in components if (end := _end(lines, _moment(lines, "DTSTART")))]
    return Times(start_at=min(starts, default=None), end_at=max(ends, default=None))


def _value(lines: list[Property], name: str) -> bytes:
    return next((line.value for line in lines if line.name == name), b"")


def _moment(lines: list[Property], name: str) -> datetime | None:
    """Give a date in UTC: by its zone if that is one of the zone database, else its wall clock read as UTC."""
    line = next((line for line in lines if line.name == name), None)
    date = parse_calendar_date(line.value) if line else None
    if line is None or date is None:
        return None
    zone = _ZONE.search(line.parameters)
    if date.is_zone_known or date.is_day or zone is None:
        return date.at
    try:
        return date.at.replace(tzinfo=ZoneInfo(zone[1].decode("ascii"))).astimezone(UTC)
    except (KeyError, ValueError, OverflowError, OSError):  # OSError: `Europe` is a folder of the database
        return date.at


def _end(lines: list[Property], start: datetime | None) -> datetime | None:
    for name in ("DTEND", "DUE", "COMPLETED"):
        end = _moment(lines, name)
        if end is not None:
            return end
    duration = parse_duration(_value(lines, "DURATION"))
    try:
        return start + (duration or timedelta(0)) if start else None
    except OverflowError:
        return start


def _person(line: Property) -> Mailbox:
    name = _NAME.search(line.parameters)
    address = decode_value(line.value)
    if address[:7].lower() == "mailto:":
        address = address[7:]
    return Mailbox(decode_value((name[1] or name[2] or b"") if name else b""), address)
