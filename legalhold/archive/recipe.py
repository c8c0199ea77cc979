"""What a content is made of, and the recipe part that tells it: docs/format/recipe.md gives every byte."""

import struct
import zlib
from dataclasses import dataclass
from hashlib import sha256

from legalhold.archive.errors import ArchiveError

DIGEST_BYTES = 32
MAGIC = b"LHRC"
FORMAT_VERSION = 1
HEADER = struct.Struct(">4sBBHQII")  # magic, format version, flags, reserved, size, crc32, number of parts


class RecipeDamaged(ArchiveError):
    """Bytes aren't a recipe."""


@dataclass(frozen=True, slots=True)
class ContentSummary:
    """A content's SHA-256, length in bytes, CRC-32, and the digests of its parts in order.

    A content of exactly one part has that part's digest, and needs no recipe.
    """

    digest: bytes
    size_bytes: int
    crc32: int
    parts: tuple[bytes, ...]

    @property
    def needs_recipe(self) -> bool:
        """True unless the content is exactly one part."""
        return len(self.parts) != 1


class ContentDigester:
    """Hashes a content's parts in order; the bytes of a content of one part are hashed once."""

    def __init__(self) -> None:
        self._whole = sha256()
        self._parts: list[bytes] = []
        self._size = 0
        self._crc32 = 0

    def add(self, part: bytes) -> bytes:
        """Take the next part and return its digest."""
        self._size += len(part)
        self._crc32 = zlib.crc32(part, self._crc32)
        if self._parts:
            self._whole.update(part)
            digest = sha256(part).digest()
        else:
            self._whole = sha256(part)
            digest = self._whole.digest()
        self._parts.append(digest)
        return digest

    def summary(self) -> ContentSummary:
        """Return what was hashed so far."""
        return ContentSummary(self._whole.digest(), self._size, self._crc32, tuple(self._parts))


def encode_recipe(summary: ContentSummary) -> bytes:
    """Return the bytes of a recipe part, whose digest is the content's."""
    header = HEADER.pack(MAGIC, FORMAT_VERSION, 0, 0, summary.size_bytes, summary.crc32, len(summary.parts))
    return header + b"".join(summary.parts)


def decode_recipe(data: bytes, *, digest: bytes) -> ContentSummary:
    """Return what a recipe part tells of the content of this digest. Raises RecipeDamaged."""
    if len(data) < HEADER.size or data[: HEADER.size - 16] != HEADER.pack(MAGIC, FORMAT_VERSION, 0, 0, 0, 0, 0)[:-16]:
        raise RecipeDamaged(f"the recipe of {digest.hex()} is none of a format known here")
    *_, size, crc32, count = HEADER.unpack_from(data)
    if len(data) != HEADER.size + count * DIGEST_BYTES:
        raise RecipeDamaged(f"the recipe of {digest.hex()} announces {count} parts but has {len(data)} bytes")
    starts = range(HEADER.size, len(data), DIGEST_BYTES)
    return ContentSummary(digest, size, crc32, tuple(data[start : start + DIGEST_BYTES] for start in starts))
