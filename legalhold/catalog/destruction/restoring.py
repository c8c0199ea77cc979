"""What a rebuild makes of the leavings: what nothing uses is dead again, and condemned packs go on to be unlinked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from legalhold.archive import PartKind
from legalhold.catalog.destruction.gate import narrowing
from legalhold.catalog.destruction.sweep import LIFELESS, UNNAMED
from legalhold.catalog.models import Pack
from legalhold.database.fields import to_micros
from legalhold.database.rows import execute

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from legalhold.archive import Archive


def mark_unused(*, at: datetime) -> int:
    """Mark the parts that no content has, and return how many: a pack keeps what was destroyed until it is rewritten.

    Only after every snapshot is restored and nothing is missing: until then anything may be what is missed.
    """
    with transaction.atomic(durable=True), narrowing():
        return execute(
            f"UPDATE catalog_part AS p SET dead_at = %s WHERE p.dead_at IS NULL AND {LIFELESS}", [to_micros(at)]
        )


def drop_unused_recipes() -> int:
    """Delete the rows of recipes that no content has, and return how many: a capture must never take one for its own.

    Right even where something is missing: the packs keep them, and none of those goes while losses stand.
    """
    with transaction.atomic(durable=True), narrowing():
        return execute(f"DELETE FROM catalog_part AS p WHERE p.kind = {int(PartKind.RECIPE)} AND {UNNAMED}")


def restore_condemned(*, archive: Archive, names: Collection[str], at: datetime) -> int:
    """Make the rows of condemned packs whose files are still there, and return how many; a run unlinks them.

    Only after every snapshot is restored and nothing is missing, like ``mark_unused``.
    """
    left = [name for name in archive.store.names(prefix="packs/") if name in names]
    Pack.objects.bulk_create(
        Pack(
            name=name,
            length=archive.store.size(name=name),
            state=Pack.State.CONDEMNED,
            key_group=archive.group.name,
            created_at=at,
        )
        for name in left
    )
    return len(left)
