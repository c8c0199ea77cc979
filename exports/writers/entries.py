"""What a ZIP says of each of its files, a million of them in some 200 MB. Knows no ZIP records."""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from exports.trees.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FIXED = struct.Struct("<QIHHq32s")  # size crc DOS time and date, seconds since 1970, SHA-256
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file's place in the ZIP: where its local header begins, and what the headers say. ``seconds`` are since 1970."""

    offset: int
    name: bytes
    size_bytes: int
    crc32: int
    dos_time: tuple[int, int]
    seconds: int
    digest: bytes

    @property
    def node(self) -> Node:
        """The file, as far as its tree needs to know it to open it."""
        at = EPOCH + timedelta(seconds=self.seconds)
        return Node(
            path=tuple(self.name.decode().split("/")), is_folder=False, size_bytes=self.size_bytes, modified_at=at,
            created_at=at, etag=self.digest.hex(),
        )  # fmt: skip


class Entries:
    """Entries in the order of their offsets, packed."""

    def __init__(self) -> None:
        self._offsets = array("Q")
        self._fixed = bytearray()
        self._names = bytearray()
        self._name_ends = array("Q", [0])

    @property
    def offsets(self) -> Sequence[int]:
        """Where each entry begins."""
        return self._offsets

    def append(self, entry: Entry) -> None:
        """Add an entry that begins after all others."""
        self._offsets.append(entry.offset)
        self._fixed += FIXED.pack(entry.size_bytes, entry.crc32, *entry.dos_time, entry.seconds, entry.digest)
        self._names += entry.name
        self._name_ends.append(len(self._names))

    def __len__(self) -> int:
        return len(self._offsets)

    def __iter__(self) -> Iterator[Entry]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: int) -> Entry:
        size_bytes, crc32, time, date, seconds, digest = FIXED.unpack_from(self._fixed, number * FIXED.size)
        name = bytes(self._names[self._name_ends[number] : self._name_ends[number + 1]])
        return Entry(self._offsets[number], name, size_bytes, crc32, (time, date), seconds, digest)
