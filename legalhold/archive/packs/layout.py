"""The bytes of a pack (format LHPK1): structs, constants, and what its seals are bound to."""

import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from legalhold.archive.errors import ArchiveError
from legalhold.archive.keys.group import ID_BYTES
from legalhold.archive.keys.ring import PACK_KEY_BYTES
from legalhold.archive.sealing import Random

PREFIX = "packs/"
MAGIC = b"LHPK"
FORMAT_VERSION = 1
HEADER = struct.Struct(">4sBBH")  # magic, format version, flags, reserved
HEADER_DATA = HEADER.pack(MAGIC, FORMAT_VERSION, 0, 0)
ENTRY = struct.Struct(">B32sQIIH")  # kind, digest, offset, length, raw length, dictionary
TRAILER = struct.Struct(">QIII")  # footer's offset, length and raw length, number of parts
CHECKSUM = struct.Struct(">I")
LOCK_BYTES = ID_BYTES + PACK_KEY_BYTES
TAIL_BYTES = LOCK_BYTES + TRAILER.size + CHECKSUM.size + HEADER.size
FOOTER_NONCE = (2**64 - 1).to_bytes(12, "big")
_PART_BOUND = struct.Struct(">32sBIH")  # digest, kind, raw length, dictionary; the pack's name follows
_FOOTER_BOUND = struct.Struct(">QIII")


class PackDamaged(ArchiveError):
    """A pack, as a whole, isn't what was written."""


class PartDamaged(ArchiveError):
    """One part of a pack isn't what was written, or isn't what its entry says."""


class PartKind(IntEnum):
    """What a part holds: bytes of contents, the list of a content's parts, or a piece of a snapshot's manifest."""

    DATA = 1
    RECIPE = 2
    MANIFEST = 3


class PartEntry(NamedTuple):
    """Where a part is in its pack. `length` counts the stored bytes, seal included, `raw_length` the part's own.

    The digest of DATA and MANIFEST parts is the SHA-256 of their bytes, that of a RECIPE its content's digest.
    `dictionary` is 0: none was used.
    """

    kind: PartKind
    digest: bytes
    offset: int
    length: int
    raw_length: int
    dictionary: int


@dataclass(frozen=True, slots=True)
class Tail:
    """The fixed end of a pack: whose key locks it, and where its footer is."""

    group_id: bytes
    wrapped_key: bytes
    footer_offset: int
    footer_length: int
    footer_raw_length: int
    count: int


def new_pack_name(random: Random) -> str:
    """Return a pack's name: random, so that none is ever used twice."""
    digits = random(16).hex()
    return f"{PREFIX}{digits[:2]}/{digits}"


def part_nonce(offset: int) -> bytes:
    """Return the nonce of the part at an offset: no two parts of a pack share one, and no pack shares a key."""
    return offset.to_bytes(12, "big")


def part_bound(pack: bytes, kind: int, digest: bytes, raw_length: int, dictionary: int) -> bytes:
    """Return what a part's seal is bound to: it opens nowhere else, as nothing else."""
    return _PART_BOUND.pack(digest, kind, raw_length, dictionary) + pack


def footer_bound(pack: bytes, tail: Tail) -> bytes:
    """Return what a footer's seal is bound to."""
    return _FOOTER_BOUND.pack(tail.footer_offset, tail.footer_length, tail.footer_raw_length, tail.count) + pack


def encode_tail(tail: Tail) -> bytes:
    """Return the last TAIL_BYTES of a pack."""
    lock = tail.group_id + tail.wrapped_key
    data = lock + TRAILER.pack(tail.footer_offset, tail.footer_length, tail.footer_raw_length, tail.count)
    return data + CHECKSUM.pack(zlib.crc32(data)) + HEADER_DATA


def decode_tail(data: bytes, *, pack: str, size: int) -> Tail:
    """Return a pack's tail. Raises PackDamaged unless it fits its checksum and the pack's size."""
    body, checksum, header = data[: -CHECKSUM.size - HEADER.size], data[-12:-8], data[-8:]
    if header != HEADER_DATA or CHECKSUM.unpack(checksum)[0] != zlib.crc32(body):
        raise PackDamaged(f"{pack} at byte {size - TAIL_BYTES}: the trailer is no pack's, or doesn't fit its checksum")
    tail = Tail(body[:ID_BYTES], body[ID_BYTES:LOCK_BYTES], *TRAILER.unpack_from(body, LOCK_BYTES))
    if tail.footer_offset + tail.footer_length + TAIL_BYTES != size:
        raise PackDamaged(f"{pack} has {size} bytes, which isn't what its trailer says; bytes are missing or too many")
    return tail


def encode_entries(entries: list[PartEntry]) -> bytes:
    """Return a footer's bytes, in the order of the parts."""
    pack = ENTRY.pack
    return b"".join([pack(*entry) for entry in entries])


def decode_entries(data: bytes) -> tuple[PartEntry, ...]:
    """Return a footer's entries. Raises ValueError for an unknown kind, struct.error for a wrong length."""
    return tuple(PartEntry(PartKind(kind), *rest) for kind, *rest in ENTRY.iter_unpack(data))
