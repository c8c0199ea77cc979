"""Which objects a calendar file holds, and where their lines are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from legalhold.formats import ItemKind
from legalhold.formats.components import (
    ComponentFile,
    Property,
    begins_with,
    first_value,
    properties,
    read_components,
)
from legalhold.formats.coverage import OPEN, Coverage
from legalhold.formats.headers import cut_name
from legalhold.formats.ics.coverage import coverage_of
from legalhold.formats.nesting import Component
from legalhold.formats.text_values import decode_value, unescape_value

KINDS = {"VEVENT": ItemKind.EVENT, "VTODO": ItemKind.TASK, "VJOURNAL": ItemKind.NOTE}
Range = tuple[int, int]
_ZONE_REFERENCE = re.compile(rb";TZID=(?:\"([^\"\n]*)\"|([^\";:,\r\n]+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CalendarObject:
    """One UID with its overrides: the ranges of the time zones it refers to, then of its components, in file order."""

    kind: ItemKind
    uid: bytes
    name: bytes
    coverage: Coverage
    zones: tuple[Range, ...]
    components: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """What a file holds. `is_single` says that it is one object (or none that can be told apart) and stays whole.

    `loose` are the components that belong to none of the objects: without UID or END.
    """

    objects: tuple[CalendarObject, ...]
    loose: tuple[Range, ...]
    kind: ItemKind
    coverage: Coverage
    is_single: bool
    has_remainder: bool
    exceptions: tuple[str, ...]


def looks_like_calendar(head: bytes) -> bool:
    """Tell whether this begins with a VCALENDAR, in ASCII or UTF-16."""
    return begins_with(head, "VCALENDAR")


def read_calendar(data: bytes) -> CalendarFile:
    """Find the objects of a calendar file. Never raises; what it can't make out is marked."""
    file = read_components(data)
    groups, loose = _group(file)
    objects = tuple(_object(file, group) for group in groups)
    everything = [member for group in groups for member in group.members] + loose
    kinds = {KINDS.get(member.component.name, ItemKind.UNKNOWN) for member in everything}
    is_all_seen = not file.is_too_large and not file.has_stray_bytes(file.roots)
    return CalendarFile(
        objects=objects,
        loose=tuple((member.component.start, member.component.end) for member in loose),
        kind=kinds.pop() if len(kinds) == 1 and not file.is_too_large else ItemKind.UNKNOWN,
        coverage=coverage_of([member.lines for member in everything]) if is_all_seen else OPEN,
        is_single=len(objects) + bool(loose) <= 1 or not objects,
        has_remainder=bool(loose) or not is_all_seen,
        exceptions=tuple(sorted(file.marks("VCALENDAR"))),
    )


@dataclass(frozen=True, slots=True)
class _Member:
    component: Component
    lines: list[Property]


@dataclass(frozen=True, slots=True)
class _Group:
    uid: bytes
    members: list[_Member]
    zones: dict[bytes, Component]


def _group(file: ComponentFile) -> tuple[list[_Group], list[_Member]]:
    """Gather components by calendar, kind and UID; give those that can't be an object of their own apart."""
    groups: dict[tuple[int, str, bytes], _Group] = {}
    loose: list[_Member] = []
    for ordinal, calendar in enumerate(file.roots):
        zones = {_zone_name(file, zone): zone for zone in _zones(file, calendar)}
        for component in members(calendar):
            member = _Member(component, properties(file.own_text(component)))
            uid = first_value(member.lines, "UID")
            if not uid or not component.is_closed:
                loose.append(member)
            else:
                key = ordinal, component.name, uid
                groups.setdefault(key, _Group(uid, [], zones)).members.append(member)
    return list(groups.values()), loose


def members(root: Component) -> Iterator[Component]:
    """Give what a top component holds, or itself where it is no calendar; time zones only if they lack their END."""
    if root.name != "VCALENDAR":
        yield root
        return
    for child in root.children:
        if child.name == "VCALENDAR":
            yield from members(child)
        elif child.name != "VTIMEZONE" or not child.is_closed:
            yield child


def _zones(file: ComponentFile, calendar: Component) -> Iterator[Component]:
    """Give a calendar's time zones; one that the file ends in without a newline can't stand before other lines."""
    for child in calendar.children:
        if child.name == "VCALENDAR":
            yield from _zones(file, child)
        elif (
            child.name == "VTIMEZONE" and child.is_closed and (child.end < len(file.data) or file.text.endswith(b"\n"))
        ):
            yield child


def _zone_name(file: ComponentFile, zone: Component) -> bytes:
    return unescape_value(first_value(properties(file.own_text(zone)), "TZID"))


def _zones_named(text: bytes) -> set[bytes]:
    """Give the zones that lines refer to: quoted names may hold any sign, and some programs escape in a parameter too."""
    return {unescape_value((quoted or plain).strip()) for quoted, plain in _ZONE_REFERENCE.findall(text)}


def _object(file: ComponentFile, group: _Group) -> CalendarObject:
    lines = [member.lines for member in group.members]
    components = [member.component for member in group.members]
    wanted = {name for component in components for name in _zones_named(file.whole_text(component))}
    zones = [zone for name, zone in group.zones.items() if name in wanted]
    return CalendarObject(
        kind=KINDS.get(components[0].name, ItemKind.UNKNOWN),
        uid=group.uid,
        name=cut_name(decode_value(first_value(lines[0], "SUMMARY"))) or cut_name(decode_value(group.uid)),
        coverage=coverage_of(lines),
        zones=tuple((zone.start, zone.end) for zone in zones),
        components=tuple((component.start, component.end) for component in components),
    )
