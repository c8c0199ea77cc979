"""A group key and the object it is kept in: docs/format/keys.md gives every byte."""

import hmac
import re
import struct
from dataclasses import dataclass, field
from hashlib import sha256

from legalhold.archive.errors import ArchiveError
from legalhold.archive.keys.master import MasterKey
from legalhold.archive.sealing import KEY_BYTES, Random, SealBroken, derive_key, seal, unseal

MAGIC = b"LHKY"
FORMAT_VERSION = 1
ID_BYTES = 16
HEADER = struct.Struct(">4sBBHI16s16s")  # magic, format, flags, reserved, version, master, group
SEALED_BYTES = 12 + KEY_BYTES + 16
CHECKSUM_BYTES = 16
OBJECT_BYTES = HEADER.size + SEALED_BYTES + CHECKSUM_BYTES


class GroupNameUnusable(ArchiveError):
    """A key group can't have this name."""


class KeyObjectDamaged(ArchiveError):
    """One copy of a group key's object isn't what was written."""


@dataclass(frozen=True, slots=True)
class GroupKey:
    """The key of one deduplication domain; `group_id` is what packs name it by, and survives every re-wrapping."""

    name: str
    group_id: bytes
    secret: bytes = field(repr=False)

    def subkey(self, purpose: bytes) -> bytes:
        """Return the key this group uses for one purpose."""
        return derive_key(secret=self.secret, purpose=purpose)


@dataclass(frozen=True, slots=True)
class KeyObject:
    """A group key as stored: which master key opens it, and the sealed secret."""

    name: str
    data: bytes
    master_id: bytes
    group_id: bytes


def check_group_name(name: str) -> str:
    """Return the name if a key group may have it. Raises GroupNameUnusable."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", name):
        raise GroupNameUnusable(f"{name!r} can't be a key group's name: use up to 40 of a-z, 0-9, _ and -")
    return name


def encode_key_object(*, name: str, version: int, group: GroupKey, master: MasterKey, random: Random) -> bytes:
    """Return the object that keeps a group key; `name` is the object's without the copy's letter."""
    header = HEADER.pack(MAGIC, FORMAT_VERSION, 0, 0, version, master.key_id, group.group_id)
    body = header + seal(key=_wrapping(master), data=group.secret, bound_to=_bound(name, header), random=random)
    return body + sha256(body).digest()[:CHECKSUM_BYTES]


def decode_key_object(*, name: str, version: int, data: bytes) -> KeyObject:
    """Return an object's fields after checking that it is whole. Raises KeyObjectDamaged."""
    body, checksum = data[:-CHECKSUM_BYTES], data[-CHECKSUM_BYTES:]
    if len(data) != OBJECT_BYTES or not hmac.compare_digest(sha256(body).digest()[:CHECKSUM_BYTES], checksum):
        raise KeyObjectDamaged("its bytes don't fit their checksum")
    magic, format_version, flags, reserved, object_version, master_id, group_id = HEADER.unpack_from(body)
    if (magic, format_version, flags, reserved) != (MAGIC, FORMAT_VERSION, 0, 0):
        raise KeyObjectDamaged("it is no key object of a format known here")
    if object_version != version:
        raise KeyObjectDamaged(f"it is version {object_version}, stored under the name of version {version}")
    return KeyObject(name, body, master_id, group_id)


def open_key_object(*, stored: KeyObject, group_name: str, master: MasterKey) -> GroupKey:
    """Return the group key. Raises KeyObjectDamaged; the caller has compared the master key's id."""
    header, sealed = stored.data[: HEADER.size], stored.data[HEADER.size :]
    try:
        secret = unseal(key=_wrapping(master), sealed=sealed, bound_to=_bound(stored.name, header))
    except SealBroken as error:
        raise KeyObjectDamaged(str(error)) from error
    return GroupKey(group_name, stored.group_id, secret)


def _wrapping(master: MasterKey) -> bytes:
    return derive_key(secret=master.secret, purpose=b"legalhold group key")


def _bound(name: str, header: bytes) -> bytes:
    return header + name.encode()
