"""Makes packs and parts rows again, out of the packs' footers, for a rebuild of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from legalhold.archive import PackDamaged, PartEntry, PartKind, walk_packs
from legalhold.catalog.capture.committing import by_digest
from legalhold.catalog.capture.packing import StoredPart
from legalhold.database import rows
from legalhold.database.fields import to_micros

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.catalog.capture.packing import PartKey
    from legalhold.catalog.capture.restoring import Gathered


class RestoredPacks(NamedTuple):
    """How many packs and parts are there again, which packs can't be read, and all copies of parts that have several.

    Of those copies the first is the one that has the part's row. Memory: one entry for each part stored more than once.
    """

    packs: int
    parts: int
    damaged: tuple[PackDamaged, ...]
    twins: Mapping[PartKey, Sequence[StoredPart]]


def restore_packs(*, archive: Archive, gathered: Gathered, at: datetime) -> RestoredPacks:
    """Make the rows of all packs that weren't condemned, and of their parts; the first pack by name has a part."""
    packs = parts = 0
    damaged: list[PackDamaged] = []
    twins: dict[PartKey, list[StoredPart]] = {}
    for name, entries in walk_packs(archive.store, archive.keys):
        if name in gathered.condemned:
            continue
        if isinstance(entries, PackDamaged):
            damaged.append(entries)
            continue
        packs += 1
        parts += _restore_pack(archive, name, entries, at, twins)
    return RestoredPacks(packs, parts, tuple(damaged), twins)


def _restore_pack(
    archive: Archive, name: str, entries: Sequence[PartEntry], at: datetime, twins: dict[PartKey, list[StoredPart]]
) -> int:
    values = [archive.store.size(name=name), name, archive.group.name, to_micros(at)]
    with transaction.atomic():
        [[pack_id]] = rows.fetch(
            "INSERT INTO catalog_pack (length, name, state, key_group, created_at) VALUES (%s, %s, 'live', %s, %s)"
            " RETURNING id",
            values,
        )
        there = _stored([each.digest for each in entries])
        new: dict[PartKey, PartEntry] = {}
        for entry in entries:
            key = (int(entry.kind), entry.digest)
            if key in there:
                twins.setdefault(key, [there[key]]).append(StoredPart(pack_id, entry))
            else:
                new.setdefault(key, entry)
        rows.insert_rows(
            table="catalog_part",
            columns=("kind", "part_digest", "pack_id", "offset", "length", "raw_length", "dictionary"),
            rows=[
                (int(e.kind), e.digest, pack_id, e.offset, e.length, e.raw_length, e.dictionary) for e in new.values()
            ],
        )
    return len(new)


def _stored(digests: Sequence[bytes]) -> dict[PartKey, StoredPart]:
    """Return where the parts of these digests are that have a row already, by kind and digest."""
    found = by_digest(
        'SELECT kind, part_digest, pack_id, "offset", length, raw_length, dictionary FROM catalog_part'
        " WHERE part_digest",
        digests,
    )
    entries = ((pack_id, PartEntry(PartKind(kind), bytes(digest), *rest)) for kind, digest, pack_id, *rest in found)
    return {(int(entry.kind), entry.digest): StoredPart(int(pack_id), entry) for pack_id, entry in entries}
