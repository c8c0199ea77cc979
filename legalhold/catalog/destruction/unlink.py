"""Condemns packs that no part is in any more, and unlinks them once the journal has every word of why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from legalhold.archive.failpoints import hit, register
from legalhold.catalog.destruction.gate import destroying, unlink_file
from legalhold.catalog.models import Pack
from legalhold.database.fields import to_micros
from legalhold.database.rows import any_id, execute, fetch, ids, locked
from legalhold.journal.services import append, flush, require_equal_heads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from legalhold.archive import Archive
    from legalhold.catalog.destruction.running import Running

register("unlink.before_flush", "unlink.row")

_EMPTY: Final = "NOT EXISTS (SELECT 1 FROM catalog_part p WHERE p.pack_id = k.id)"
_GOING: Final = f"((k.state = 'live') OR (k.state = 'writing' AND k.lease_until < %s)) AND {_EMPTY}"


def condemn_packs(*, running: Running) -> None:
    """Condemn empty live packs, and ``writing`` ones whose owner has let the lease end; their names go to the journal."""
    packs = [
        row[0]
        for row in fetch(f"SELECT k.id FROM catalog_pack k WHERE {_GOING} ORDER BY k.id", [to_micros(running.now)])
    ]
    for batch in running.pace().batches(packs):
        running.count("packs_condemned", _condemn_batch(batch, running))


def unlink_packs(*, running: Running) -> None:
    """Unlink every condemned pack whose condemning the journal holds, then delete its row.

    load-bearing: the packs are listed before the flush, so that what the flush makes durable names all of them, and
    every tombstone that emptied them.
    """
    condemned = list(Pack.objects.filter(state=Pack.State.CONDEMNED).order_by("id").values_list("id", "name"))
    hit("unlink.before_flush")
    flush(archive=running.archive)
    require_equal_heads(archive=running.archive)
    for pack_id, name in condemned:
        unlink_file(archive=running.archive, name=name)
        with destroying():
            execute(f"DELETE FROM catalog_pack AS k WHERE k.id = %s AND k.state = 'condemned' AND {_EMPTY}", [pack_id])
        hit("unlink.row")
        running.count("packs_unlinked", 1)


def files_without_row(*, archive: Archive) -> tuple[str, ...]:
    """Return the packs in the store that the catalog doesn't know: reported, never deleted."""
    known = set(Pack.objects.values_list("name", flat=True))
    return tuple(name for name in archive.store.names(prefix="packs/") if name not in known)


def _condemn_batch(batch: Sequence[int], running: Running) -> int:
    with destroying():
        fetch(locked(f"SELECT k.id FROM catalog_pack k WHERE {any_id('k.id')} ORDER BY k.id"), [ids(batch)])
        condemned = fetch(
            f"UPDATE catalog_pack AS k SET state = 'condemned' WHERE {any_id('k.id')} AND {_GOING} RETURNING name",
            [ids(batch), to_micros(running.now)],
        )
        names = sorted(row[0] for row in condemned)
        if names:
            append(verb="pack.condemned", payload={"run": str(running.run.key), "packs": names}, at=running.at)
    return len(names)
