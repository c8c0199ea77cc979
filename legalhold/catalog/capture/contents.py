"""The bytes of items on their way into the archive: read once, hashed, cut into parts. Knows no rows."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

from legalhold.archive import ContentDigester, ContentSummary, NewPart, PartKind, cut, encode_recipe
from legalhold.archive.cutting import WHOLE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from legalhold.connectors import RawItem

BATCH_BYTES = 16 * 1024 * 1024
"""What a batch holds in memory at most; a larger content is streamed, alone in its batch."""

BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class NewContent:
    """A content whose parts are in memory."""

    summary: ContentSummary
    parts: tuple[bytes, ...]
    kind: PartKind = PartKind.DATA

    def new_parts(self) -> Iterator[NewPart]:
        """Yield the parts to store, the recipe last where one is needed."""
        for digest, data in zip(self.summary.parts, self.parts, strict=True):
            yield NewPart(self.kind, digest, data)
        if self.summary.needs_recipe:
            yield recipe_of(self.summary)


def recipe_of(summary: ContentSummary) -> NewPart:
    """Return the recipe part of a content that isn't exactly one part."""
    return NewPart(PartKind.RECIPE, summary.digest, encode_recipe(summary))


def read_head(item: RawItem) -> bytes:
    """Return an item's bytes, or the first of them: more than ``BATCH_BYTES`` when there are more. Raises ItemNotReadable."""
    with item.open() as stream:
        return _read(stream, BATCH_BYTES + 1)


def content_of(data: bytes, *, cuts: Sequence[int] = ()) -> NewContent:
    """Return a content in memory, hashed and cut."""
    if data and not cuts and len(data) <= WHOLE_BYTES:
        digest = sha256(data).digest()
        return NewContent(ContentSummary(digest, len(data), zlib.crc32(data), (digest,)), (data,))
    digester = ContentDigester()
    parts = tuple(cut(io.BytesIO(data), cuts=cuts))
    for part in parts:
        digester.add(part)
    return NewContent(digester.summary(), parts)


def digest_of(item: RawItem) -> bytes:
    """Return the SHA-256 of an item's bytes, read block by block. Raises ItemNotReadable."""
    whole = sha256()
    with item.open() as stream:
        while block := stream.read(BLOCK_BYTES):
            whole.update(block)
    return whole.digest()


def _read(stream: BinaryIO, limit: int) -> bytes:
    data = stream.read(limit)
    while len(data) < limit:
        more = stream.read(limit - len(data))
        if not more:
            break
        data += more
    return data
