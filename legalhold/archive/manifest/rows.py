"""The rows of a manifest and the structs they are written with. Times are microseconds since 1970 UTC."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from legalhold.archive.errors import ArchiveError

MAGIC = b"LHMF"
FORMAT_VERSION = 1
CHUNK_HEADER = struct.Struct(">4sBBHI")  # magic, format version, flags, reserved, ordinal of the chunk from 0
RECORD = struct.Struct(">BI")  # record type, length of its body
ADDED = struct.Struct(">BBqqQIIIHI")  # flags, kind, from, to, size, crc32; lengths of key, name, exceptions; parts
CLOSED = struct.Struct(">IQ")  # length of the key, first seen
END = struct.Struct(">IQQQ")  # number of chunks, listed folders, added rows, closed rows
DIGEST_BYTES = 32
MAX_CHUNK_BYTES = 4 * 1024 * 1024
MOST_PARTS_INLINE = 4096


class Record(IntEnum):
    """The types of records."""

    SNAPSHOT = 1
    FOLDER = 2
    LISTED = 3
    ADDED = 4
    CLOSED = 5
    END = 6


class Flag(IntEnum):
    """Bits of an added row: which dates it has, where its parts are named, and whether flags of its place follow."""

    HAS_FROM = 1
    HAS_TO = 2
    IS_ONE_PART = 4
    IS_IN_RECIPE = 8
    HAS_FLAGS = 16


class ManifestDamaged(ArchiveError):
    """Chunks aren't a whole manifest; the message names the chunk and the offset."""


@dataclass(frozen=True, slots=True)
class SnapshotManifest:
    """What a manifest says of its snapshot as a whole; it precedes the rows.

    `state` is the snapshot's (complete or partial), `closes_at` the number of the source's snapshot before it: the
    `last_seen` of every closed row.
    """

    source_key: str
    sequence: int
    taken_at: int
    state: str
    closes_at: int
    custody: Mapping[str, str]
    ledger: Mapping[str, int]


class ListedFolder(NamedTuple):
    """A folder whose listing ended without error."""

    folder: bytes


class AddedRow(NamedTuple):
    """A version that begins with the snapshot. `item_from` and `item_to` are None where open.

    `parts` is None when there are more than MOST_PARTS_INLINE: the recipe part of `content_digest` names them.
    """

    folder: bytes
    item_key: bytes
    name: bytes
    kind: int
    item_from: int | None
    item_to: int | None
    size_bytes: int
    content_digest: bytes
    crc32: int
    parts: tuple[bytes, ...] | None
    exceptions: tuple[str, ...] = ()
    flags: bytes = b""


class ClosedRow(NamedTuple):
    """A version that the snapshot didn't show any more, by its place and the number of the snapshot it began with."""

    folder: bytes
    item_key: bytes
    first_seen: int


ManifestRow = SnapshotManifest | ListedFolder | AddedRow | ClosedRow
