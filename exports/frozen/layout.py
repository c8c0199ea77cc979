"""The bytes of an export's record: a header, then records of type, length and body. Knows no rows."""

from __future__ import annotations

import json
from enum import IntEnum
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from legalhold.archive import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEADER: Final = Struct(">4sBBH")
MAGIC: Final = b"LHEX"
VERSION: Final = 1
RECORD: Final = Struct(">BI")
PART_BYTES: Final = 1024 * 1024
LONGEST_BODY: Final = 1024 * 1024
"""Longer than any body that is written; a length beyond it is damage, not a reason to fill the memory."""


class RecordKind(IntEnum):
    """What a record says."""

    EXPORT = 1
    FILE = 2
    PIECE = 3
    FATE = 4
    END = 5


class RecordBroken(Exception):
    """Bytes aren't a whole record of an export, or are of a version that isn't known."""


class Record(NamedTuple):
    """A record: canonical JSON in its body, or the bytes of a ``PIECE``."""

    kind: RecordKind
    body: bytes

    @property
    def value(self) -> dict[str, Any]:
        """The body's JSON."""
        value: dict[str, Any] = json.loads(self.body)
        return value


def record_of(kind: RecordKind, value: dict[str, Any]) -> Record:
    """Return a record with a JSON body."""
    return Record(kind, canonical_json(value))


def encode(*, records: Iterable[Record]) -> Iterator[bytes]:
    """Yield a record's bytes in pieces of ``PART_BYTES``, the end added."""

    def blocks() -> Iterator[bytes]:
        yield HEADER.pack(MAGIC, VERSION, 0, 0)
        count = 0
        for kind, body in records:
            count += 1
            yield RECORD.pack(kind, len(body)) + body
        kind, body = record_of(RecordKind.END, {"records": count})
        yield RECORD.pack(kind, len(body)) + body

    return in_pieces(blocks=blocks(), size_bytes=PART_BYTES)


def decode(*, blocks: Iterable[bytes]) -> Iterator[Record]:
    """Yield the records, the end left out. Raises ``RecordBroken``, also at the end where that isn't where it must be."""
    stream = _Stream(blocks)
    magic, version, _, _ = HEADER.unpack(stream.take(HEADER.size))
    if (magic, version) != (MAGIC, VERSION):
        raise RecordBroken(f"{magic!r} version {version} isn't an export's record that this program reads")
    count = 0
    while (record := _next(stream)).kind is not RecordKind.END:
        count += 1
        yield record
    if record.value != {"records": count} or not stream.is_over():
        raise RecordBroken(f"{count} records don't end where the last one says")


def in_pieces(*, blocks: Iterable[bytes], size_bytes: int) -> Iterator[bytes]:
    """Cut blocks of any size into pieces of one; no bytes give no piece."""
    waiting = bytearray()
    for block in blocks:
        waiting += block
        while len(waiting) >= size_bytes:
            yield bytes(waiting[:size_bytes])
            del waiting[:size_bytes]
    if waiting:
        yield bytes(waiting)


def _next(stream: _Stream) -> Record:
    kind, length = RECORD.unpack(stream.take(RECORD.size))
    if kind not in set(RecordKind) or length > LONGEST_BODY:
        raise RecordBroken(f"a record of type {kind} and {length} bytes is none of an export's")
    return Record(RecordKind(kind), stream.take(length))


class _Stream:
    """Blocks, taken by length."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._waiting = bytearray()

    def take(self, length: int) -> bytes:
        while len(self._waiting) < length:
            block = next(self._blocks, None)
            if block is None:
                raise RecordBroken(f"an export's record ends {length - len(self._waiting)} bytes too early")
            self._waiting += block
        taken = bytes(self._waiting[:length])
        del self._waiting[:length]
        return taken

    def is_over(self) -> bool:
        """Whether nothing is left, which also reads what the last block is held back for: the check of the digest."""
        return not self._waiting and not any(self._blocks)
