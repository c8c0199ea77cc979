"""A tree as one ZIP file whose length and every offset are known before a byte is read (PKWARE APPNOTE 6.3.10).

Stored, not compressed: readers of every system open it, and any range of it can be sent again after a broken download.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

from exports.trees.node import Node, Tree
from exports.writers.entries import EPOCH, Entries, Entry
from exports.zones import in_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, tzinfo

LOCAL = struct.Struct("<IHHHHHIIIHH")  # signature version flags method time date crc sizes×2 name extra
CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
END64 = struct.Struct("<IQHHIIQQQQ")
LOCATOR64 = struct.Struct("<IIQI")
END = struct.Struct("<IHHHHIIH")
TIMESTAMP = struct.Struct("<HHBi")  # extended timestamp 0x5455: the modification time in UTC, which DOS time can't say
SIZES64 = struct.Struct("<HHQQ")

LOCAL_SIGNATURE, CENTRAL_SIGNATURE, END_SIGNATURE = 0x04034B50, 0x02014B50, 0x06054B50
END64_SIGNATURE, LOCATOR64_SIGNATURE = 0x06064B50, 0x07064B50
VERSION = 45
MADE_BY_UNIX = 3 << 8 | VERSION
UTF8_NAMES = 1 << 11
READABLE_FILE = 0o100644 << 16
FULL = 0xFFFFFFFF
FULL_COUNT = 0xFFFF
LATEST_TIMESTAMP = 0x7FFFFFFF
BLOCK_BYTES = 256 * 1024


class CheckedTree(Tree, Protocol):
    """A tree that can list its files with what a ZIP's headers say of them."""

    def files(self) -> Iterable[tuple[Node, int]]:
        """Yield every file in the order of the export, with the CRC-32 of its bytes."""


class ZipFile:
    """A tree as a ZIP: its exact size, and any range of its bytes, the same each time."""

    def __init__(self, *, tree: CheckedTree, zone: tzinfo, file_name: str, etag: str, modified_at: datetime) -> None:
        self.tree, self.file_name, self.etag, self.modified_at = tree, file_name, etag, modified_at
        self._entries, self._central_at = _lay_out(tree.files(), zone)
        sizes = (len(_central_header(entry)) for entry in self._entries)
        self._central_offsets = array("Q", accumulate(sizes, initial=self._central_at))
        central_bytes = self._central_offsets.pop() - self._central_at
        self._tail = _end_records(count=len(self._entries), size=central_bytes, offset=self._central_at)
        self._end_at = self._central_at + central_bytes
        self.size_bytes = self._end_at + len(self._tail)

    @property
    def files(self) -> int:
        """How many files are in it."""
        return len(self._entries)

    def open(self, *, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from ``start`` up to but without ``stop``; reads of the tree only what the range touches."""
        end = self.size_bytes if stop is None else min(stop, self.size_bytes)
        for offset, size, blocks in self._segments(start, end):
            if offset < end and offset + size > start:
                yield from blocks(max(0, start - offset), min(size, end - offset))

    def _segments(self, start: int, stop: int) -> Iterator[Segment]:
        for number in _touched(self._entries.offsets, start, min(stop, self._central_at)):
            entry = self._entries[number]
            header = _local_header(entry)
            yield _of_bytes(entry.offset, header)
            yield _of_file(entry, entry.offset + len(header), self.tree)
        for number in _touched(self._central_offsets, start, stop):
            yield _of_bytes(self._central_offsets[number], _central_header(self._entries[number]))
        yield _of_bytes(self._end_at, self._tail)


Blocks = Callable[[int, int], "Iterator[bytes]"]
"""Yields a segment's own bytes from one offset to another."""
Segment = tuple[int, int, Blocks]


def _touched(offsets: Sequence[int], start: int, stop: int) -> range:
    """Return the numbers of what begins at ``offsets`` and may lie in a range."""
    return range(max(0, bisect_right(offsets, start) - 1), bisect_left(offsets, stop))


def _of_bytes(offset: int, data: bytes) -> Segment:
    return offset, len(data), lambda start, stop: iter((data[start:stop],))


def _of_file(entry: Entry, offset: int, tree: CheckedTree) -> Segment:
    return offset, entry.size_bytes, lambda start, stop: tree.open(entry.node, start=start, stop=stop)


def _lay_out(files: Iterable[tuple[Node, int]], zone: tzinfo) -> tuple[Entries, int]:
    """Return all entries, and where the last one ends."""
    entries, offset = Entries(), 0
    for node, crc32 in files:
        entry = Entry(
            offset=offset,
            name="/".join(node.path).encode(),
            size_bytes=node.size_bytes,
            crc32=crc32,
            dos_time=_dos_time(in_zone(at=node.modified_at, zone=zone)),
            seconds=(node.modified_at - EPOCH) // timedelta(seconds=1),
            digest=bytes.fromhex(node.etag),
        )
        entries.append(entry)
        offset += len(_local_header(entry)) + entry.size_bytes
    return entries, offset


def _dos_time(local: datetime) -> tuple[int, int]:
    """Return DOS time and date; they know whole two seconds from 1980 to 2107."""
    if local.year < 1980:  # noqa: PLR2004 the first year of DOS
        return 0, 1 << 5 | 1
    year = min(local.year, 2107)
    return local.hour << 11 | local.minute << 5 | local.second // 2, year - 1980 << 9 | local.month << 5 | local.day


def _timestamp(entry: Entry) -> bytes:
    return TIMESTAMP.pack(0x5455, 5, 1, entry.seconds) if 0 <= entry.seconds <= LATEST_TIMESTAMP else b""


def _local_extra(entry: Entry) -> bytes:
    size = entry.size_bytes
    return (SIZES64.pack(1, 16, size, size) if size >= FULL else b"") + _timestamp(entry)


def _local_header(entry: Entry) -> bytes:
    size = min(entry.size_bytes, FULL)
    extra = _local_extra(entry)
    fixed = LOCAL.pack(
        LOCAL_SIGNATURE, VERSION, UTF8_NAMES, 0, *entry.dos_time, entry.crc32, size, size, len(entry.name), len(extra)
    )
    return fixed + entry.name + extra


def _central_header(entry: Entry) -> bytes:
    size = entry.size_bytes
    large = ([size, size] if size >= FULL else []) + ([entry.offset] if entry.offset >= FULL else [])
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    extra += _timestamp(entry)
    fixed = CENTRAL.pack(
        CENTRAL_SIGNATURE, MADE_BY_UNIX, VERSION, UTF8_NAMES, 0, *entry.dos_time, entry.crc32, min(size, FULL),
        min(size, FULL), len(entry.name), len(extra), 0, 0, 0, READABLE_FILE, min(entry.offset, FULL),
    )  # fmt: skip
    return fixed + entry.name + extra


def _end_records(*, count: int, size: int, offset: int) -> bytes:
    """Return what ends the file; the 64-bit records stand there only where the old ones can't say it."""
    end = END.pack(
        END_SIGNATURE, 0, 0, min(count, FULL_COUNT), min(count, FULL_COUNT), min(size, FULL), min(offset, FULL), 0
    )
    if count < FULL_COUNT and size < FULL and offset < FULL:
        return end
    end64 = END64.pack(END64_SIGNATURE, END64.size - 12, MADE_BY_UNIX, VERSION, 0, 0, count, count, size, offset)
    return end64 + LOCATOR64.pack(LOCATOR64_SIGNATURE, 0, offset + size, 1) + end
