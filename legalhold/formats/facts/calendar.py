"""The facts of an event, task or note: what its first component says; occurrences aren't computed."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from legalhold.formats.addresses import Mailbox
from legalhold.formats.components import Component, ComponentFile, Property, properties, read_components
from legalhold.formats.facts.item import ItemFacts
from legalhold.formats.ical_dates import parse_calendar_date, parse_duration
from legalhold.formats.ics.objects import KINDS, read_calendar
from legalhold.formats.text_values import decode_value

_MAX_ATTENDEES = 10_000
_NAME = re.compile(rb";CN=(?:\"([^\"]*)\"|([^;:]*))", re.IGNORECASE)
_ZONE = re.compile(rb";TZID=\"?/?([A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2})\"?(?:;|\Z)", re.IGNORECASE)


def calendar_facts(data: bytes) -> ItemFacts:
    """Read a calendar object's facts. Never raises."""
    file = read_components(data)
    lines = _main_lines(file)
    start = _moment(lines, "DTSTART")
    attendees = [_person(line) for line in lines if line.name == "ATTENDEE"][:_MAX_ATTENDEES]
    organizers = [_person(line) for line in lines if line.name == "ORGANIZER"]
    return ItemFacts(
        subject=decode_value(_value(lines, "SUMMARY")),
        names=tuple(text for name in ("LOCATION", "CATEGORIES") if (text := decode_value(_value(lines, name)))),
        message_id=decode_value(_value(lines, "UID")),
        start_at=start,
        end_at=_end(lines, start),
        organizer=organizers[0] if organizers else None,
        attendees=tuple(attendees),
        exceptions=tuple(mark for mark in read_calendar(data).exceptions if file.roots[0:1] and _has_wrapper(file)),
    )


def _has_wrapper(file: ComponentFile) -> bool:
    """A slice has no VCALENDAR around it: that it lacks one is no fault of it."""
    return any(root.name == "VCALENDAR" for root in file.roots)


def _main_lines(file: ComponentFile) -> list[Property]:
    """Give the lines of the first component that is an object, preferring one that isn't an override."""
    found: list[list[Property]] = []
    for component in _flat(file.roots):
        if component.name in KINDS or component.name == "VFREEBUSY":
            lines = properties(file.own_text(component))
            if not any(line.name == "RECURRENCE-ID" for line in lines):
                return lines
            found.append(lines)
    return found[0] if found else []


def _flat(roots: tuple[Component, ...]) -> list[Component]:
    return [inner for root in roots for inner in (root.children if root.name == "VCALENDAR" else [root])]


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
