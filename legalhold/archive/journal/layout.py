"""The bytes of a journal object (format LHJN1): what it says openly, its sealed entries, and its checksum."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from legalhold.archive.compression import CompressionBroken, compress, decompress
from legalhold.archive.errors import ArchiveError
from legalhold.archive.keys.group import ID_BYTES, GroupKey
from legalhold.archive.sealing import NONCE_BYTES, TAG_BYTES, Random, SealBroken, seal, unseal

MAGIC = b"LHJN"
FORMAT_VERSION = 1
HEADER = struct.Struct(">4sBBHQ32s16sI")  # magic, version, flags, reserved, sequence, previous, group id, raw length
CHECKSUM = struct.Struct(">I")
ENTRY = struct.Struct(">qHI")  # at in microseconds, length of the verb, length of the payload
LEAST_BYTES = HEADER.size + NONCE_BYTES + TAG_BYTES + CHECKSUM.size
_PURPOSE = b"legalhold journal"


class JournalObjectUnusable(ArchiveError):
    """An object's bytes aren't a journal object's; `offset` says where that shows."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One recorded fact: its verb, its payload (canonical JSON) and its time in microseconds since 1970 UTC."""

    verb: str
    payload: bytes
    at: int


@dataclass(frozen=True, slots=True)
class JournalHead:
    """A journal object by its number and the SHA-256 of its bytes; who knows both knows all objects before it."""

    sequence: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class JournalObject:
    """What one object says."""

    sequence: int
    previous_digest: bytes
    entries: tuple[JournalEntry, ...]


EMPTY_HEAD = JournalHead(0, bytes(32))


def encode_object(
    *,
    previous: JournalHead,
    entries: Sequence[JournalEntry],
    group: GroupKey,
    random: Random,
) -> bytes:
    """Return the bytes of the object after `previous`."""
    raw = b"".join(_encode_entry(entry) for entry in entries)
    fixed = (MAGIC, FORMAT_VERSION, 0, 0, previous.sequence + 1, previous.digest, group.group_id, len(raw))
    header = HEADER.pack(*fixed)
    body = header + seal(key=group.subkey(_PURPOSE), data=compress(raw), bound_to=header, random=random)
    return body + CHECKSUM.pack(zlib.crc32(body))


def decode_object(data: bytes, *, group: GroupKey) -> JournalObject:
    """Return what an object's bytes say. Raises JournalObjectUnusable."""
    body, checksum = data[: -CHECKSUM.size], data[-CHECKSUM.size :]
    if len(data) < LEAST_BYTES or CHECKSUM.unpack(checksum)[0] != zlib.crc32(body):
        raise JournalObjectUnusable(len(body), "its bytes don't fit their checksum")
    magic, version, flags, reserved, sequence, previous, group_id, raw_length = HEADER.unpack_from(body)
    if (magic, version, flags, reserved) != (MAGIC, FORMAT_VERSION, 0, 0):
        raise JournalObjectUnusable(0, "it is no journal object of a format known here")
    if group_id != group.group_id:
        raise JournalObjectUnusable(HEADER.size - ID_BYTES - 4, f"another group key ({group_id.hex()}) opens it")
    raw = _open_entries(body, group, raw_length)
    return JournalObject(sequence, previous, tuple(_decode_entries(raw)))


def _open_entries(body: bytes, group: GroupKey, raw_length: int) -> bytes:
    header, sealed = body[: HEADER.size], body[HEADER.size :]
    try:
        compressed = unseal(key=group.subkey(_PURPOSE), sealed=sealed, bound_to=header)
        return decompress(compressed, raw_length=raw_length)
    except (SealBroken, CompressionBroken) as error:
        raise JournalObjectUnusable(HEADER.size, str(error)) from error


def _encode_entry(entry: JournalEntry) -> bytes:
    verb = entry.verb.encode()
    return ENTRY.pack(entry.at, len(verb), len(entry.payload)) + verb + entry.payload


def _decode_entries(raw: bytes) -> list[JournalEntry]:
    """Read sealed entries: their lengths were written by us, so that they always fit."""
    entries = []
    position = 0
    while position < len(raw):
        at, verb_length, payload_length = ENTRY.unpack_from(raw, position)
        verb_end = position + ENTRY.size + verb_length
        position, start = verb_end + payload_length, position + ENTRY.size
        entries.append(JournalEntry(raw[start:verb_end].decode(), raw[verb_end:position], at))
    return entries
