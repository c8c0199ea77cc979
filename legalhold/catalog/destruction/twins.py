"""Lets a rebuilt catalog read a whole copy of each part where packs hold several: what was destroyed and captured again.

Only after all packs are restored: whether a recipe can be used is told by whether its parts are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from legalhold.archive import ArchiveError, PartKind, decode_recipe
from legalhold.catalog.capture.committing import by_digest
from legalhold.catalog.destruction.gate import narrowing
from legalhold.catalog.models import Pack
from legalhold.database.rows import execute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from legalhold.archive import Archive, PartEntry
    from legalhold.catalog.capture.packing import StoredPart


def choose_twins(*, archive: Archive, twins: Mapping[tuple[int, bytes], Sequence[StoredPart]]) -> int:
    """Move each part to the first of its copies (the catalog's own first) that can be used; returns how many moved.

    Where none can, the catalog's stays, and what reads it says so.
    """
    moved = 0
    for copies in twins.values():
        chosen = next((copy for copy in copies if _is_usable(archive, copy)), copies[0])
        if chosen is not copies[0]:
            _move(chosen)
            moved += 1
    return moved


def _is_usable(archive: Archive, copy: StoredPart) -> bool:
    entry = copy.entry
    try:
        data = archive.parts.read(pack=Pack.objects.get(pk=copy.pack_id).name, entry=entry)
        return entry.kind is not PartKind.RECIPE or _are_there(decode_recipe(data, digest=entry.digest).parts)
    except ArchiveError:
        return False


def _are_there(parts: Sequence[bytes]) -> bool:
    """Whether all parts that a recipe names are in the packs: of a content they are data, of a manifest its chunks."""
    found = by_digest("SELECT kind, part_digest FROM catalog_part WHERE part_digest", sorted(set(parts)))
    there = {(int(kind), bytes(digest)) for kind, digest in found}
    return any(all((kind, part) in there for part in parts) for kind in (PartKind.DATA, PartKind.MANIFEST))


def _move(copy: StoredPart) -> None:
    entry: PartEntry = copy.entry
    with transaction.atomic(durable=True), narrowing():
        execute(
            'UPDATE catalog_part SET pack_id = %s, "offset" = %s, length = %s, dictionary = %s'
            " WHERE kind = %s AND part_digest = %s",
            [copy.pack_id, entry.offset, entry.length, entry.dictionary, int(entry.kind), entry.digest],
        )
