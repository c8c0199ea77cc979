"""Writes one pack in memory; the caller stores what `finish` returns."""

from collections.abc import Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from legalhold.archive.compression import compress, compress_all
from legalhold.archive.keys.group import GroupKey
from legalhold.archive.keys.ring import wrap_pack_key
from legalhold.archive.packs.layout import (
    FOOTER_NONCE,
    HEADER_DATA,
    PartEntry,
    PartKind,
    Tail,
    encode_entries,
    encode_tail,
    footer_bound,
    part_bound,
    part_nonce,
)
from legalhold.archive.sealing import KEY_BYTES, TAG_BYTES, Random

TARGET_BYTES = 16 * 1024 * 1024
WINDOW_BYTES = 4 * 1024 * 1024
"""How many raw bytes are compressed at once; more would hold more memory and keep the threads no busier."""


class NewPart(NamedTuple):
    """A part to store: what it is, the digest it is found by, and its bytes."""

    kind: PartKind
    digest: bytes
    data: bytes


class PackWriter:
    """Collects parts until the pack is full, under a random key that nothing else uses. For one thread."""

    def __init__(self, *, name: str, group: GroupKey, random: Random, target_bytes: int = TARGET_BYTES) -> None:
        key = random(KEY_BYTES)
        self.name = name
        self.target_bytes = target_bytes
        self._bound_name = name.encode()
        self._group_id = group.group_id
        self._wrapped_key = wrap_pack_key(group=group, pack=name, key=key, random=random)
        self._cipher = AESGCM(key)
        self._pieces = [HEADER_DATA]
        self._offset = len(HEADER_DATA)
        self._entries: list[PartEntry] = []

    @property
    def is_full(self) -> bool:
        """True once the target is reached: the pack should be finished."""
        return self._offset >= self.target_bytes

    @property
    def entries(self) -> tuple[PartEntry, ...]:
        """Where each part stands, in the order they were added."""
        return tuple(self._entries)

    def add(self, *, kind: PartKind, digest: bytes, data: bytes) -> PartEntry:
        """Add one part and return where it stands."""
        return self._append(kind, digest, compress(data), len(data))

    def add_all(self, parts: Sequence[NewPart]) -> tuple[PartEntry, ...]:
        """Add parts in order until the pack is full; as many as entries are returned were taken.

        Compresses on several threads; the pack doesn't depend on how many. Gives what `add` gives, part by part.
        """
        taken = 0
        while taken < len(parts) and not self.is_full:
            window = self._window(parts, taken)
            for part, stored in zip(window, compress_all([part.data for part in window]), strict=True):
                self._append(part.kind, part.digest, stored, len(part.data))
            taken += len(window)
        return tuple(self._entries[len(self._entries) - taken :])

    def finish(self) -> bytes:
        """Return the whole pack. Nothing may be added any more."""
        raw = encode_entries(self._entries)
        footer = compress(raw)
        tail = Tail(
            group_id=self._group_id,
            wrapped_key=self._wrapped_key,
            footer_offset=self._offset,
            footer_length=len(footer) + TAG_BYTES,
            footer_raw_length=len(raw),
            count=len(self._entries),
        )
        sealed = self._cipher.encrypt(FOOTER_NONCE, footer, footer_bound(self._bound_name, tail))
        # load-bearing: a second footer under the same key and nonce would break both seals
        del self._cipher
        return b"".join([*self._pieces, sealed, encode_tail(tail)])

    def _append(self, kind: PartKind, digest: bytes, stored: bytes, raw_length: int) -> PartEntry:
        offset = self._offset
        bound = part_bound(self._bound_name, kind, digest, raw_length, 0)
        sealed = self._cipher.encrypt(part_nonce(offset), stored, bound)
        entry = PartEntry(kind, digest, offset, len(sealed), raw_length, 0)
        self._pieces.append(sealed)
        self._entries.append(entry)
        self._offset = offset + len(sealed)
        return entry

    def _window(self, parts: Sequence[NewPart], start: int) -> Sequence[NewPart]:
        """Return the next parts that fit even if none of them shrinks; one at least."""
        room = min(WINDOW_BYTES, self.target_bytes - self._offset)
        stop = start
        while stop < len(parts) and room > 0:
            room -= len(parts[stop].data) + TAG_BYTES
            stop += 1
        return parts[start:stop]
