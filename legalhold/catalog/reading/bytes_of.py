"""The bytes of a content, part by part out of the packs: only the parts that are asked for are read."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from legalhold.archive import ObjectMissing, PartEntry, PartKind
from legalhold.database import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from legalhold.archive import Archive

PARTS_AT_ONCE = 1_000
"""Places of parts read from the catalog at once: a content may have a million."""

_PLACES = """
    SELECT cp.ordinal, p.id, k.name, p.kind, p.part_digest, p."offset", p.length, p.raw_length, p.dictionary
    FROM catalog_contentpart cp JOIN catalog_part p ON p.id = cp.part_id JOIN catalog_pack k ON k.id = p.pack_id
"""


class ContentUnknown(Exception):
    """The catalog has no content of that digest: it was never captured, or has been destroyed."""


class ContentDamaged(Exception):
    """A content's bytes don't fit its digest or its size."""


class _Place(NamedTuple):
    ordinal: int
    part_id: int
    pack: str
    entry: PartEntry


def open_content(*, digest: bytes, archive: Archive, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """Yield the bytes ``start`` to ``stop`` (the end when None) of a content, in pieces of a part at most.

    A content read whole is checked against its digest before its last piece is given.
    Raises ContentUnknown at once; ContentDamaged, PartDamaged and ObjectMissing while reading.
    """
    found = rows.fetch("SELECT id, size_bytes FROM catalog_content WHERE content_digest = %s", [digest])
    if not found:
        raise ContentUnknown(f"no content has the digest {digest.hex()}: it was never captured, or is destroyed")
    content_id, size = int(found[0][0]), int(found[0][1])
    end = size if stop is None else min(stop, size)
    if start <= 0 and end == size:
        return _checked(_read(archive, content_id, 0, size), digest, size)
    return _read(archive, content_id, max(start, 0), end)


def _checked(pieces: Iterator[bytes], digest: bytes, size: int) -> Iterator[bytes]:
    """Hold every piece back until the next has come, so that the last one is given only when the whole is right."""
    whole, length, pending = sha256(), 0, b""
    for piece in pieces:
        if pending:
            yield pending
        whole.update(piece)
        length += len(piece)
        pending = piece
    if length != size or whole.digest() != digest:
        raise ContentDamaged(
            f"the {length} bytes stored for {digest.hex()} aren't its {size}; run `archive verify --full`"
        )
    if pending:
        yield pending


def _read(archive: Archive, content_id: int, start: int, end: int) -> Iterator[bytes]:
    if start >= end:
        return
    for position, place in _places(content_id, start):
        after = position + place.entry.raw_length
        if after > start:
            data = _read_part(archive, place)
            yield data[max(start - position, 0) : end - position]
        if after >= end:
            return


def _places(content_id: int, start: int) -> Iterator[tuple[int, _Place]]:
    """Yield places with the position of their first byte: the first few, then from near the one that holds ``start``."""
    ordinal = position = 0
    select = f"{_PLACES} WHERE cp.content_id = %s AND cp.ordinal >= %s ORDER BY cp.ordinal LIMIT {PARTS_AT_ONCE}"
    while found := [_place(row) for row in rows.fetch(select, [content_id, ordinal])]:
        for place in found:
            yield position, place
            position += place.entry.raw_length
        ordinal = found[-1].ordinal + 1
        if position <= start:
            ordinal, position = _seek(content_id, ordinal, position, start)


def _seek(content_id: int, ordinal: int, position: int, start: int) -> tuple[int, int]:
    """Return an ordinal near the part that holds ``start``, and the position there; ``ordinal`` is at ``position``.

    The database adds up lengths, so that the end of a content of a million parts costs a thousand rows and not all.
    """
    sums = (
        "SELECT MIN(cp.ordinal), SUM(p.raw_length) FROM catalog_contentpart cp JOIN catalog_part p ON p.id = cp.part_id"
        f" WHERE cp.content_id = %s AND cp.ordinal >= %s GROUP BY cp.ordinal / {PARTS_AT_ONCE} ORDER BY 1"
    )
    for first, length in rows.fetch(sums, [content_id, ordinal]):
        if position + int(length) > start:
            return int(first), position
        position += int(length)
    return ordinal, position


def _read_part(archive: Archive, place: _Place) -> bytes:
    """Read a part; if its pack is gone it was moved by a repack since, so look once more where it is."""
    try:
        return archive.parts.read(pack=place.pack, entry=place.entry)
    except ObjectMissing:
        moved = rows.fetch(f"{_PLACES} WHERE p.id = %s LIMIT 1", [place.part_id])
        if not moved:
            raise
        again = _place(moved[0])
        return archive.parts.read(pack=again.pack, entry=again.entry)


def _place(row: tuple[Any, ...]) -> _Place:
    ordinal, part_id, pack, kind, digest, *numbers = row
    return _Place(int(ordinal), int(part_id), str(pack), PartEntry(PartKind(kind), bytes(digest), *numbers))
