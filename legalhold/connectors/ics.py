"""Calendars in .ics files: one object is the file; of several, each is an item and the file a container."""

import io
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from legalhold.connectors.containers import CONTAINER_KEY, MAX_READ_BYTES, ContainerSpan, Occurrences
from legalhold.connectors.files import as_unparsed
from legalhold.connectors.items import Finding, FolderListed, ItemNotReadable, RawItem
from legalhold.connectors.reading import open_stamped, opener
from legalhold.connectors.tree import FoundFile
from legalhold.formats import exceptions
from legalhold.formats.ics import CalendarFile, CalendarObject, looks_like_calendar, read_calendar

EXTENSIONS = (b".ics", b".ical", b".icalendar", b".ifb", b".vcs")
_SNIFFED_BYTES = 4096
_MAX_KEY_BYTES = 255


def read_calendar_file(found: FoundFile) -> Iterator[Finding]:
    """Give a calendar file's objects."""
    if found.stamp.size_bytes > MAX_READ_BYTES:
        yield as_unparsed(found, mark=exceptions.TOO_LARGE)
        yield found.opened("single")
        return
    try:
        with open_stamped(found.path, found.stamp) as stream:
            data = stream.read(MAX_READ_BYTES)
    except ItemNotReadable as problem:
        yield from found.not_captured(reason=problem.reason, detail=problem.detail)
        return
    calendar = read_calendar(data)
    if not calendar.is_single:
        yield from _container(found, data, calendar)
        return
    is_calendar = found.name.lower().endswith(EXTENSIONS) or looks_like_calendar(data[:_SNIFFED_BYTES])
    yield _single(found, calendar) if is_calendar else as_unparsed(found)
    yield found.opened("single")


def object_key(uid: bytes) -> bytes:
    """Give the item key of an object in a container; a UID longer than a key may be is cut."""
    return (b"uid:" + uid)[:_MAX_KEY_BYTES]


def _single(found: FoundFile, calendar: CalendarFile) -> RawItem:
    key = found.key
    if found.is_source:  # stays when the file gets a second object
        key = object_key(calendar.objects[0].uid) if calendar.objects else CONTAINER_KEY
    return RawItem(
        folder=found.folder,
        key=key,
        name=found.name,
        kind=calendar.kind,
        item_from=calendar.coverage.item_from,
        item_to=calendar.coverage.item_to,
        size_bytes=found.stamp.size_bytes,
        open=opener(found.path, found.stamp),
        exceptions=calendar.exceptions,
    )


def _container(found: FoundFile, data: bytes, calendar: CalendarFile) -> Iterator[Finding]:
    occurrences = Occurrences()
    span = ContainerSpan()
    cuts: list[int] = []
    for one in calendar.objects:
        item = _slice(found, data, one, occurrences.unique(object_key(one.uid)))
        span.add(item)
        if not one.zones and len(one.components) == 1:
            cuts += one.components[0]
        yield item
    remainder = {exceptions.CONTAINER_REMAINDER} if calendar.has_remainder else set()
    yield span.item(found, cuts=cuts, marks=tuple(sorted(remainder.union(calendar.exceptions))))
    yield FolderListed(found.inner_folder)
    yield found.opened("container")


def _slice(found: FoundFile, data: bytes, one: CalendarObject, key: bytes) -> RawItem:
    return RawItem(
        folder=found.inner_folder,
        key=key,
        name=one.name,
        kind=one.kind,
        item_from=one.coverage.item_from,
        item_to=one.coverage.item_to,
        size_bytes=sum(end - start for start, end in one.zones + one.components),
        open=partial(_open_object, one, data),
    )


def _open_object(one: CalendarObject, data: bytes) -> BinaryIO:
    return io.BytesIO(one.content(data))
