"""Makes the catalog anew from the archive alone: the journal says what happened, manifests and packs what was captured.

Audit events aren't in the archive and don't come back. What is rebuilt stays frozen until a person confirms its head.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import transaction

from exports.models import Export
from exports.services import ExportNotTheSame, exports_without_record, restore_exports, restore_frozen_exports
from legalhold.archive import EMPTY_HEAD
from legalhold.archive.errors import ArchiveError
from legalhold.assurance.handlers import CONTENT_KEPT, HANDLERS, SNAPSHOT_COMPLETED, VERSIONS_FROZEN
from legalhold.assurance.leavings import unnamed_manifests, unused_packs
from legalhold.assurance.rebuilt import Rebuilt
from legalhold.audit.services import record
from legalhold.catalog.capture.keeping import restore_kept
from legalhold.catalog.capture.restoring import (
    Gathered,
    ManifestMissing,
    restore_lost_snapshot,
    restore_snapshot,
)
from legalhold.catalog.capture.restoring_packs import RestoredPacks, restore_packs
from legalhold.catalog.destruction.restoring import drop_unused_recipes, mark_unused, restore_condemned
from legalhold.catalog.destruction.twins import choose_twins
from legalhold.catalog.facts.refilling import refill_facts
from legalhold.catalog.models import Pack, Snapshot, Source, Version
from legalhold.catalog.replay_pins import freeze_versions
from legalhold.custodians.models import Custodian, Group
from legalhold.database.fields import from_micros
from legalhold.journal import services as journal
from legalhold.journal.models import OutboxEntry
from legalhold.journal.queries import journal_state
from legalhold.matters.models import Matter
from legalhold.retention.models import RetentionProfile
from legalhold.retention.services import schedule_captures

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from legalhold.archive import Archive, JournalEntry, JournalHead

UNDER_WAY: Final = (
    "a rebuild was begun and hasn't ended: put an empty database in the place of this one, and run `archive rebuild`"
    " again"
)

EXPORTS_LEFT: Final = "exports weren't laid out again and stay unreadable: what is missing may belong to them"

FILLED_FIRST: Final = (Matter, Custodian, Group, Source, Pack, RetentionProfile, OutboxEntry)
"""The tables that an act fills first: one row in any of them and the catalog isn't empty."""


class CatalogNotEmpty(Exception):
    """A rebuild fills an empty catalog; what this one knows would be mixed with what the archive knows."""


class NothingToRebuild(Exception):
    """The archive's journal is empty: it knows nothing."""


class VerbUnknown(Exception):
    """The journal says something that this program doesn't understand: a newer one has written it."""


class RebuildOvertaken(Exception):
    """Somebody appended to the journal while the catalog was rebuilt from it."""


class _Chain(NamedTuple):
    """The journal read whole: what it says in the end, its newest object, and every manifest it ever named."""

    gathered: Gathered
    newest: JournalHead
    entries: int
    manifests: set[bytes]


@dataclass(slots=True)
class _Gaps:
    """What the journal knows of and the packs don't have: snapshots by why, contents and frozen versions by digest."""

    lost: list[str] = field(default_factory=list)
    missing: set[bytes] = field(default_factory=set)
    unfrozen: set[bytes] = field(default_factory=set)
    unreadable: tuple[bytes, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.lost or self.missing or self.unfrozen or self.unreadable)


def rebuild(*, archive: Archive, by: str, at: datetime, progress: Callable[[str], None]) -> Rebuilt:
    """Fill an empty, freshly migrated catalog from the archive, and leave it frozen until its head is confirmed.

    Raises ``CatalogNotEmpty``, ``NothingToRebuild``, ``VerbUnknown``, ``JournalBroken`` and ``RebuildOvertaken``. What
    failed half-way stays frozen, and says so; the archive is only read.
    """
    _require_empty()
    progress("reading the journal")
    chain = _read_chain(archive)
    journal.freeze(because=UNDER_WAY)
    progress(f"reading the footers of all packs; {chain.entries} journal entries follow")
    packs = restore_packs(archive=archive, gathered=chain.gathered, at=at)
    choose_twins(archive=archive, twins=packs.twins)
    gaps = _replay(archive, chain)
    drop_unused_recipes()
    progress("reading what items say of themselves, and laying out exports")
    gaps.unreadable = refill_facts(archive=archive).unreadable
    is_whole = gaps.is_empty and not packs.damaged
    changed = _restore_exports(archive, is_whole=is_whole)
    condemned = _settle(archive, chain.gathered, at) if is_whole else 0
    done = _report(chain, packs, gaps, changed, condemned)
    _end(archive, chain.newest, done, by, at)
    return done


def _require_empty() -> None:
    filled = [model.__name__ for model in FILLED_FIRST if model.objects.exists()]
    if filled or journal_state().sequence:
        what = f"it has rows of {', '.join(filled)}" if filled else "it has written to a journal"
        raise CatalogNotEmpty(
            f"the catalog isn't empty: {what}. Move this database away and run `archive rebuild` with an empty one"
        )


def _read_chain(archive: Archive) -> _Chain:
    """Read every object once: the chain is whole, every verb is known, and what it says in the end is kept."""
    gathered, newest, count, manifests = Gathered(), EMPTY_HEAD, 0, set()
    for newest, entries in archive.journal.verify():
        for entry in entries:
            _require_known(entry, newest)
            gathered.take(verb=entry.verb, payload=_payload(entry))
            count += 1
        manifests |= set(gathered.manifests.values())
    if newest == EMPTY_HEAD:
        raise NothingToRebuild("the archive's journal is empty: there is nothing to rebuild from")
    return _Chain(gathered, newest, count, manifests)


def _require_known(entry: JournalEntry, head: JournalHead) -> None:
    if entry.verb not in (SNAPSHOT_COMPLETED, CONTENT_KEPT, *HANDLERS):
        raise VerbUnknown(
            f"journal/{head.sequence:012d} says {entry.verb!r}, which this version doesn't know; use a newer one"
        )


def _replay(archive: Archive, chain: _Chain) -> _Gaps:
    """Replay entry by entry, a transaction per object; returns what couldn't be restored."""
    gaps = _Gaps()
    for sequence in range(1, chain.newest.sequence + 1):
        with transaction.atomic(durable=True):
            for entry in archive.journal.read(sequence)[1]:
                _replay_entry(archive, entry, chain.gathered, gaps)
    return gaps


def _replay_entry(archive: Archive, entry: JournalEntry, gathered: Gathered, gaps: _Gaps) -> None:
    payload, at = _payload(entry), from_micros(entry.at)
    if entry.verb == SNAPSHOT_COMPLETED:
        # One damaged pack must not cost all other snapshots: what is lost is told, and nothing is settled then.
        try:
            gaps.missing.update(restore_snapshot(archive=archive, payload=payload, gathered=gathered, at=at).missing)
        except (ManifestMissing, ArchiveError) as error:
            restore_lost_snapshot(payload=payload, at=at)
            gaps.lost.append(str(error))
    elif entry.verb == CONTENT_KEPT:
        gaps.missing |= restore_kept(archive=archive, payload=payload, at=at)
    elif entry.verb == VERSIONS_FROZEN:
        gaps.unfrozen |= freeze_versions(payload=payload) - gathered.destroyed
    else:
        HANDLERS[entry.verb](payload, at)


def _payload(entry: JournalEntry) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(entry.payload)
    return payload


def _restore_exports(archive: Archive, *, is_whole: bool) -> str:
    """Restore what was written down; lay out again what wasn't, unless something is missing that may belong to it."""
    told: list[str] = []
    for restore in (restore_frozen_exports, *([restore_exports] if is_whole else [])):
        try:
            restore(archive=archive)
        except ExportNotTheSame as error:
            told.append(str(error))
    if not is_whole and exports_without_record().exists():
        told.append(EXPORTS_LEFT)
    return "; ".join(told)


def _settle(archive: Archive, gathered: Gathered, at: datetime) -> int:
    """Mark what nothing uses; only where nothing is missing, as it might be what is."""
    mark_unused(at=at)
    return restore_condemned(archive=archive, names=gathered.condemned, at=at)


def _report(chain: _Chain, packs: RestoredPacks, gaps: _Gaps, changed: str, condemned: int) -> Rebuilt:
    return Rebuilt(
        sequence=chain.newest.sequence,
        digest=chain.newest.digest.hex(),
        entries=chain.entries,
        packs=packs.packs,
        parts=packs.parts,
        snapshots=Snapshot.objects.count(),
        versions=Version.objects.count(),
        exports=Export.objects.filter(state=Export.State.READY).count(),
        condemned=condemned,
        lost=tuple(gaps.lost),
        missing=tuple(sorted(digest.hex() for digest in gaps.missing)),
        damaged=tuple(str(damaged) for damaged in packs.damaged),
        unreadable=tuple(sorted(digest.hex() for digest in gaps.unreadable)),
        unfrozen=tuple(sorted(digest.hex() for digest in gaps.unfrozen)),
        unnamed=unnamed_manifests(named=chain.manifests),
        unused=unused_packs(),
        changed_exports=changed,
    )


def _end(archive: Archive, newest: JournalHead, done: Rebuilt, by: str, at: datetime) -> None:
    """Take the head that was replayed for the catalog's own. Whatever was appended meanwhile isn't in the catalog."""
    because = (
        f"the catalog was rebuilt from the archive on {at:%Y-%m-%d %H:%M} UTC: compare the newest journal object with"
        " a copy of its digest kept elsewhere, then run `archive confirm DIGEST`"
    )
    if done.losses:
        because += (
            f" (it lacks {len(done.losses)} things that the journal names: look for another copy of the archive first)"
        )
    with transaction.atomic(durable=True):
        if journal.take_head(archive=archive, because=because) != newest:
            raise RebuildOvertaken(
                f"somebody appended to the journal after journal/{newest.sequence:012d}: stop every other process that uses"
                " this archive, and rebuild into an empty database again"
            )
        schedule_captures()
        problems = len(done.losses)
        journal.note_rebuild(at=at, losses=done.losses)
        body = {"sequence": done.sequence, "digest": done.digest, "is_good": done.is_good, "problems": problems}
        record(verb="archive.rebuilt", by=by, at=at, subject_kind="archive", subject_key="", body=body)
