"""Files of objects, calendars and contacts: one object is the file; of several, each is an item and the file a container."""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from legalhold.connectors.containers import CONTAINER_KEY, MAX_READ_BYTES, ContainerSpan, Occurrences
from legalhold.connectors.files import as_unparsed
from legalhold.connectors.items import Finding, FolderListed, ItemNotReadable, RawItem
from legalhold.connectors.reading import open_whole, opener
from legalhold.connectors.tree import FoundFile
from legalhold.formats import ItemKind, exceptions
from legalhold.formats.coverage import Coverage

_MAX_KEY_BYTES = 255
_UID, _UID_DIGEST, _DIGEST = b"uid:", b"uid-sha256:", b"sha256:"


@dataclass(frozen=True, slots=True)
class FoundObject:
    """One object of a file: its key there, and the ranges of the file's bytes that are its own."""

    key: bytes
    name: bytes
    kind: ItemKind
    coverage: Coverage
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ObjectFile:
    """What a file holds. `kind` and `coverage` are the file's own where it `is_single`: nothing to take apart.

    `is_known` tells that a single file is of its format at all, by its name or by its bytes.
    """

    objects: tuple[FoundObject, ...]
    kind: ItemKind
    coverage: Coverage
    is_known: bool
    is_single: bool
    has_remainder: bool
    exceptions: tuple[str, ...]


def read_objects(found: FoundFile, *, parse: Callable[[bytes, bytes], ObjectFile]) -> Iterator[Finding]:
    """Give a file's objects as `parse` tells them from its name and bytes."""
    if found.stamp.size_bytes > MAX_READ_BYTES:
        yield as_unparsed(found, mark=exceptions.TOO_LARGE)
        yield found.opened("single")
        return
    try:
        with open_whole(found.path, found.stamp) as stream:
            data = stream.read()
    except ItemNotReadable as problem:
        yield from found.not_captured(reason=problem.reason, detail=problem.detail)
        return
    file = parse(found.name, data)
    if not file.is_single:
        yield from _container(found, data, file)
        return
    yield _single(found, file) if file.is_known else as_unparsed(found)
    yield found.opened("single")


def object_key(*, uid: bytes, data: bytes = b"") -> bytes:
    """Give an object's item key: its UID; the UID's digest where that is no short plain text; its bytes' where it has none.

    A zero byte is not plain: it stands before the number of a key that comes again.
    """
    if not uid:
        return _DIGEST + hashlib.sha256(data).hexdigest().encode()
    if len(_UID + uid) > _MAX_KEY_BYTES or b"\0" in uid:
        return _UID_DIGEST + hashlib.sha256(uid).hexdigest().encode()
    return _UID + uid


def _single(found: FoundFile, file: ObjectFile) -> RawItem:
    key = found.key
    if found.is_source:  # stays when the file gets a second object
        key = file.objects[0].key if file.objects else CONTAINER_KEY
    return RawItem(
        folder=found.folder,
        key=key,
        name=found.name,
        kind=file.kind,
        item_from=file.coverage.item_from,
        item_to=file.coverage.item_to,
        size_bytes=found.stamp.size_bytes,
        open=opener(found.path, found.stamp),
        exceptions=file.exceptions,
    )


def _container(found: FoundFile, data: bytes, file: ObjectFile) -> Iterator[Finding]:
    occurrences = Occurrences()
    span = ContainerSpan()
    cuts: list[int] = []
    for one in file.objects:
        item = _slice(found, data, one, occurrences.unique(one.key))
        span.add(item)
        if len(one.ranges) == 1:
            cuts += one.ranges[0]
        yield item
    remainder = {exceptions.CONTAINER_REMAINDER} if file.has_remainder else set()
    yield span.item(found, cuts=cuts, marks=tuple(sorted(remainder.union(file.exceptions))))
    yield FolderListed(found.inner_folder)
    yield found.opened("container")


def _slice(found: FoundFile, data: bytes, one: FoundObject, key: bytes) -> RawItem:
    return RawItem(
        folder=found.inner_folder,
        key=key,
        name=one.name,
        kind=one.kind,
        item_from=one.coverage.item_from,
        item_to=one.coverage.item_to,
        size_bytes=sum(end - start for start, end in one.ranges),
        open=partial(_open_slice, data, one.ranges),
    )


def _open_slice(data: bytes, ranges: tuple[tuple[int, int], ...]) -> BinaryIO:
    return io.BytesIO(b"".join(data[start:end] for start, end in ranges))
