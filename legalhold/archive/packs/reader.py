"""Reads packs: the list of their parts, and single parts, checked. Never returns bytes that weren't written."""

import struct
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from legalhold.archive.caching import BoundedCache
from legalhold.archive.compression import CompressionBroken, decompress
from legalhold.archive.keys.ring import KeyRing
from legalhold.archive.packs.layout import (
    FOOTER_NONCE,
    TAIL_BYTES,
    PackDamaged,
    PartDamaged,
    PartEntry,
    PartKind,
    Tail,
    decode_entries,
    decode_tail,
    footer_bound,
    part_bound,
    part_nonce,
)
from legalhold.archive.sealing import TAG_BYTES, SealBroken
from legalhold.archive.store import ObjectTruncated, Store

PART_CACHE_BYTES = 64 * 1024 * 1024
KEY_CACHE_ENTRIES = 4096


def read_tail(*, store: Store, name: str) -> Tail:
    """Return the fixed end of a pack. Raises PackDamaged, ObjectMissing."""
    size = store.size(name=name)
    if size < TAIL_BYTES:
        raise PackDamaged(f"{name} has {size} bytes; a pack has at least {TAIL_BYTES}")
    return decode_tail(store.read(name=name, offset=size - TAIL_BYTES, length=TAIL_BYTES), pack=name, size=size)


def open_cipher(*, keys: KeyRing, name: str, tail: Tail) -> AESGCM:
    """Return the cipher of a pack's own key. Raises PackDamaged, GroupKeyMissing."""
    try:
        return AESGCM(keys.unwrap_pack_key(group_id=tail.group_id, pack=name, wrapped=tail.wrapped_key))
    except SealBroken as error:
        raise PackDamaged(f"{name}: its wrapped key: {error}") from error


def open_footer(*, cipher: AESGCM, name: str, tail: Tail, sealed: bytes) -> tuple[PartEntry, ...]:
    """Return what a footer lists. Raises PackDamaged."""
    try:
        footer = cipher.decrypt(FOOTER_NONCE, sealed, footer_bound(name.encode(), tail))
        entries = decode_entries(decompress(footer, raw_length=tail.footer_raw_length))
    except (InvalidTag, CompressionBroken, struct.error, ValueError) as error:
        raise PackDamaged(f"{name} at byte {tail.footer_offset}: the footer is damaged") from error
    if len(entries) != tail.count:
        raise PackDamaged(f"{name}: the footer lists {len(entries)} parts, the trailer says {tail.count}")
    return entries


def unseal_part(*, cipher: AESGCM, name: str, entry: PartEntry, sealed: bytes) -> bytes:
    """Return a part's stored bytes after checking its seal. Raises PartDamaged."""
    bound = part_bound(name.encode(), entry.kind, entry.digest, entry.raw_length, entry.dictionary)
    try:
        return cipher.decrypt(part_nonce(entry.offset), sealed, bound)
    except InvalidTag as error:
        raise damaged(name, entry, "its bytes were changed, or aren't those of its entry") from error


def unpack_part(*, name: str, entry: PartEntry, stored: bytes) -> bytes:
    """Return a part's own bytes after checking their length and digest. Raises PartDamaged."""
    if entry.dictionary:
        raise damaged(name, entry, f"it needs dictionary {entry.dictionary}, which this version doesn't know")
    try:
        data = decompress(stored, raw_length=entry.raw_length)
    except CompressionBroken as error:
        raise damaged(name, entry, str(error)) from error
    if entry.kind is not PartKind.RECIPE and sha256(data).digest() != entry.digest:
        raise damaged(name, entry, "its bytes don't fit their digest")
    return data


def damaged(name: str, entry: PartEntry, reason: str) -> PartDamaged:
    """Return the exception that tells where a part is damaged."""
    return PartDamaged(f"{name} at byte {entry.offset}, part {entry.digest.hex()}: {reason}")


def read_part(*, store: Store, cipher: AESGCM, name: str, entry: PartEntry) -> bytes:
    """Return a part's own bytes, checked. Raises PartDamaged, ObjectMissing."""
    if entry.length < TAG_BYTES:
        raise damaged(name, entry, f"an entry of {entry.length} bytes can't hold a seal")
    try:
        sealed = store.read(name=name, offset=entry.offset, length=entry.length)
    except ObjectTruncated as error:
        raise damaged(name, entry, "the pack ends before it does") from error
    return unpack_part(name=name, entry=entry, stored=unseal_part(cipher=cipher, name=name, entry=entry, sealed=sealed))


class PackReader:
    """Reads one pack."""

    def __init__(self, *, store: Store, name: str, keys: KeyRing) -> None:
        self.name = name
        self._store = store
        self._tail = read_tail(store=store, name=name)
        self._cipher = open_cipher(keys=keys, name=name, tail=self._tail)

    def entries(self) -> tuple[PartEntry, ...]:
        """Return what the footer lists, in the order of the parts; reads nothing else."""
        tail = self._tail
        sealed = self._store.read(name=self.name, offset=tail.footer_offset, length=tail.footer_length)
        return open_footer(cipher=self._cipher, name=self.name, tail=tail, sealed=sealed)

    def read(self, entry: PartEntry) -> bytes:
        """Return a part's bytes, checked. Raises PartDamaged."""
        return read_part(store=self._store, cipher=self._cipher, name=self.name, entry=entry)


class PartReader:
    """Reads parts of any pack; keeps the newest packs' keys and parts in memory, within bounds. Safe for threads."""

    def __init__(self, store: Store, keys: KeyRing, cache_bytes: int = PART_CACHE_BYTES) -> None:
        self._store = store
        self._keys = keys
        self._ciphers: BoundedCache[str, AESGCM] = BoundedCache(limit=KEY_CACHE_ENTRIES)
        self._parts: BoundedCache[tuple[str, PartEntry], bytes] = BoundedCache(limit=cache_bytes)

    def read(self, *, pack: str, entry: PartEntry) -> bytes:
        """Return a part's bytes, checked. Raises PartDamaged, PackDamaged, and ObjectMissing when the pack is gone."""
        data = self._parts.get((pack, entry))
        if data is None:
            data = read_part(store=self._store, cipher=self._cipher(pack), name=pack, entry=entry)
            self._parts.put((pack, entry), data, cost=len(data))
        return data

    def _cipher(self, pack: str) -> AESGCM:
        cipher = self._ciphers.get(pack)
        if cipher is None:
            cipher = open_cipher(keys=self._keys, name=pack, tail=read_tail(store=self._store, name=pack))
            self._ciphers.put(pack, cipher, cost=1)
        return cipher
