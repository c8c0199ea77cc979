"""Compares recipes with the catalog: a rebuild believes the recipe, a reader the catalog, so they must say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from legalhold.archive import Damage, PartEntry, PartKind, decode_recipe
from legalhold.archive.errors import ArchiveError
from legalhold.database import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from legalhold.archive import Archive

AT_ONCE: Final = 1_000
"""Places of recipes read from the catalog at once."""

_RECIPES: Final = (
    'SELECT cp.content_id, k.name, p.kind, p.part_digest, p."offset", p.length, p.raw_length, p.dictionary'
    " FROM catalog_contentpart cp JOIN catalog_part p ON p.id = cp.part_id JOIN catalog_pack k ON k.id = p.pack_id"
    " WHERE cp.ordinal = -1 AND cp.content_id > %s ORDER BY cp.content_id LIMIT %s"
)
_PARTS: Final = (
    "SELECT p.part_digest FROM catalog_contentpart cp JOIN catalog_part p ON p.id = cp.part_id"
    " WHERE cp.content_id = %s AND cp.ordinal >= 0 ORDER BY cp.ordinal"
)
_IS_THERE: Final = "SELECT 1 FROM catalog_content WHERE id = %s"


def compare_recipes(*, archive: Archive) -> Iterator[Damage]:
    """Yield every recipe that names other parts than the catalog; one that can't be read is told by its pack's check.

    Memory: one content's recipe and its parts' digests.
    """
    last = 0
    while found := rows.fetch(_RECIPES, [last, AT_ONCE]):
        last = int(found[-1][0])
        for row in found:
            yield from _compare(archive, row)


def _compare(archive: Archive, row: tuple[Any, ...]) -> Iterator[Damage]:
    content_id, name, kind, digest, *numbers = row
    entry = PartEntry(PartKind(kind), bytes(digest), *numbers)
    try:
        named = decode_recipe(archive.parts.read(pack=str(name), entry=entry), digest=entry.digest).parts
    except ArchiveError:
        return
    parts = tuple(bytes(part) for (part,) in rows.fetch(_PARTS, [content_id]))
    # A compaction that runs meanwhile may have destroyed it: then nothing is wrong.
    if named != parts and rows.fetch(_IS_THERE, [content_id]):
        yield Damage(str(name), entry.offset, f"the recipe of {entry.digest.hex()} names other parts than the catalog")
