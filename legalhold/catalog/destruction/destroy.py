"""Destroys condemned versions whose grace is over, batch by batch, each with its tombstones and its audit event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from legalhold.archive.failpoints import hit, register
from legalhold.audit.services import record
from legalhold.catalog.destruction.gate import destroying
from legalhold.catalog.destruction.reclaimable import is_reclaimable
from legalhold.catalog.destruction.sweep import mark_dead
from legalhold.catalog.held import is_held
from legalhold.catalog.identities import Identity, read_identities
from legalhold.catalog.models import LIVE
from legalhold.database.fields import to_micros
from legalhold.database.rows import any_id, fetch, ids, insert_rows, is_postgresql, locked
from legalhold.journal.services import append

if TYPE_CHECKING:
    from collections.abc import Sequence

    from legalhold.catalog.destruction.running import Running

register("destroy.before_delete", "destroy.before_commit", "destroy.after_delete")

LOCK: Final = locked(f"SELECT v.id FROM catalog_version v WHERE {any_id('v.id')} ORDER BY v.id")

DELETE: Final = (
    f"DELETE FROM catalog_version AS v WHERE {any_id('v.id')} AND v.destroyable_at IS NOT NULL"
    f" AND {is_reclaimable(version='v')} AND NOT {is_held(version='v')} RETURNING id, last_seen"
)
"""load-bearing: snapshots, pins, frozen rows, associations and membership are read by this statement and no other."""

COLUMNS: Final = (
    *("version_id", "source_id", "version_digest", "content_digest", "kind", "size_bytes"),
    *("first_seen", "last_seen", "run_key", "because", "destroyed_at"),
)


class Destroyed(NamedTuple):
    """A version that went, and the last snapshot it was in."""

    identity: Identity
    last_seen: int

    @property
    def because(self) -> str:
        """Why it could go."""
        if self.identity.is_source_removed:
            return "source removed"
        return f"snapshots {self.identity.first_seen}–{self.last_seen} expired"


def destroy(*, versions: Sequence[int], running: Running) -> None:
    """Destroy what of ``versions`` is destroyable and still kept by nothing, and count it."""
    pace = running.pace()
    for batch in pace.batches(versions):
        identities = {identity.version_id: identity for identity in read_identities(versions=batch)}
        gone = _destroy_batch(identities, running)
        running.count("versions_destroyed", len(gone))
        running.count("bytes_destroyed", sum(each.identity.size_bytes for each in gone))


def _destroy_batch(identities: dict[int, Identity], running: Running) -> list[Destroyed]:
    with destroying() as epoch:
        fetch(LOCK, [ids(identities)])
        hit("destroy.before_delete")
        rows = fetch(DELETE, [ids(identities)])
        gone = [Destroyed(identities[version_id], last_seen) for version_id, last_seen in sorted(rows)]
        if gone:
            _leave_tombstones(gone, epoch, running)
            mark_dead(contents={each.identity.content_id for each in gone}, at=running.at)
        hit("destroy.before_commit")
    hit("destroy.after_delete")
    return gone


def _leave_tombstones(gone: list[Destroyed], epoch: int, running: Running) -> None:
    insert_rows(table="catalog_tombstone", columns=COLUMNS, rows=[_tombstone(each, running) for each in gone])
    append(verb="version.destroyed", payload=_payload(gone, epoch, running), at=running.at)
    record(
        verb="compaction.batch_destroyed",
        by=running.by,
        at=running.at,
        subject_kind="compaction",
        subject_key=str(running.run.key),
        body={"versions": len(gone), "bytes": sum(each.identity.size_bytes for each in gone), "epoch": epoch},
    )


def _tombstone(each: Destroyed, running: Running) -> tuple[Any, ...]:
    identity = each.identity
    key = running.run.key if is_postgresql() else running.run.key.hex
    return (
        *(identity.version_id, identity.source_id, identity.version_digest, identity.content_digest, identity.kind),
        *(identity.size_bytes, identity.first_seen, each.last_seen, key, each.because),
        to_micros(running.at),
    )


def _payload(gone: list[Destroyed], epoch: int, running: Running) -> dict[str, Any]:
    return {
        "run": str(running.run.key),
        "epoch": epoch,
        "versions": [
            {
                "source": str(each.identity.source_key),
                "version": each.identity.version_digest.hex(),
                "content": each.identity.content_digest.hex(),
                "kind": each.identity.kind,
                "size_bytes": each.identity.size_bytes,
                "first_seen": each.identity.first_seen,
                "last_seen": None if each.last_seen == LIVE else each.last_seen,
                "because": each.because,
            }
            for each in gone
        ],
    }
