"""Keeps the index: rows for what was captured since, none for what was destroyed. Bookkeeping, without audit events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef

from legalhold.catalog.models import ItemFacts, Snapshot, Version
from legalhold.database import rows
from legalhold.review.models import IndexedSnapshot, IndexRow
from legalhold.review.texts import index_row, is_item

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

VERSIONS_PER_COMMIT = 1_000
FINISHED = (Snapshot.State.COMPLETE, Snapshot.State.PARTIAL)


def unindexed_snapshots() -> QuerySet[Snapshot]:
    """Return the finished snapshots that have no index rows yet, oldest first."""
    indexed = IndexedSnapshot.objects.filter(snapshot=OuterRef("pk"))
    return Snapshot.objects.filter(~Exists(indexed), state__in=FINISHED).select_related("source").order_by("pk")


def index_pending(*, at: datetime, limit: int | None = None) -> int:
    """Index the oldest ``limit`` snapshots that aren't yet (all by default) and return how many; may be killed and run again."""
    pending = list(unindexed_snapshots()[:limit])
    for snapshot in pending:
        _index(snapshot, at)
    return len(pending)


def drop_destroyed() -> int:
    """Drop the index rows of versions that have a tombstone and return how many; then none of their words is left."""
    with transaction.atomic():
        return rows.execute(
            "DELETE FROM review_indexrow WHERE version_id IN"
            " (SELECT t.version_id FROM catalog_tombstone t JOIN review_indexrow r ON r.version_id = t.version_id)"
        )


def _index(snapshot: Snapshot, at: datetime) -> None:
    found = rows.fetch(
        "SELECT id FROM catalog_version WHERE source_id = %s AND first_seen = %s ORDER BY id",
        [snapshot.source_id, snapshot.sequence],
    )
    versions = [row[0] for row in found]
    for start in range(0, len(versions), VERSIONS_PER_COMMIT):
        with transaction.atomic():
            _index_versions(versions[start : start + VERSIONS_PER_COMMIT])
    with transaction.atomic():
        IndexedSnapshot.objects.get_or_create(snapshot=snapshot, defaults={"indexed_at": at})


def _index_versions(versions: Sequence[int]) -> None:
    present = Version.objects.in_bulk(_locked(versions))
    items = [version for version in present.values() if is_item(kind=version.kind, exceptions=version.exceptions)]
    facts = ItemFacts.objects.in_bulk([version.content_id for version in items])
    fresh = [index_row(version=version, facts=facts.get(version.content_id)) for version in items]
    IndexRow.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=500)


def _locked(versions: Sequence[int]) -> list[int]:
    """Keep versions from being destroyed until their rows are committed: a row written after its tombstone would stay."""
    select = f"SELECT id FROM catalog_version WHERE {rows.any_id('id')} ORDER BY id"
    lock = " FOR KEY SHARE" if rows.is_postgresql() else ""
    return [row[0] for row in rows.fetch(select + lock, [rows.ids(versions)])]
