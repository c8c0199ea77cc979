"""Calendars in .ics files."""

from collections.abc import Iterator

from legalhold.connectors.items import Finding
from legalhold.connectors.objects import FoundObject, ObjectFile, object_key, read_objects
from legalhold.connectors.tree import FoundFile
from legalhold.formats.ics import looks_like_calendar, read_calendar

EXTENSIONS = (b".ics", b".ical", b".icalendar", b".ifb", b".vcs")
_SNIFFED_BYTES = 4096


def read_calendar_file(found: FoundFile) -> Iterator[Finding]:
    """Give a calendar file's objects."""
    return read_objects(found, parse=_parse)


def _parse(name: bytes, data: bytes) -> ObjectFile:
    calendar = read_calendar(data)
    return ObjectFile(
        objects=tuple(
            FoundObject(object_key(uid=one.uid), one.name, one.kind, one.coverage, one.zones + one.components)
            for one in calendar.objects
        ),
        kind=calendar.kind,
        coverage=calendar.coverage,
        is_known=name.lower().endswith(EXTENSIONS) or looks_like_calendar(data[:_SNIFFED_BYTES]),
        is_single=calendar.is_single,
        has_remainder=calendar.has_remainder,
        exceptions=calendar.exceptions,
    )
