"""Finishing a snapshot: what closes, its manifest, its state and its journal entry, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from legalhold.archive import PartKind
from legalhold.archive.failpoints import hit, register
from legalhold.catalog.capture.manifests import manifest_chunks
from legalhold.catalog.capture.packing import PackFiller
from legalhold.catalog.capture.sources import require_active
from legalhold.catalog.capture.storing import store_and_commit
from legalhold.catalog.capture.streaming import StreamedContent
from legalhold.catalog.capture.vanishing import Vanished, look_for_vanished
from legalhold.catalog.capture.versions import added, close_versions, superseded
from legalhold.catalog.models import Snapshot
from legalhold.database.fields import to_micros
from legalhold.journal import services as journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.catalog.capture.capturing import Capture
    from legalhold.catalog.capture.committing import KeptContents
    from legalhold.catalog.capture.snapshots import OpenSnapshot
    from legalhold.connectors import Folder

register("capture.before_complete", "capture.after_complete", "capture.before_flush", "capture.after_flush")

CLOSED = "closed"
"""The ledger's number of versions that end with the snapshot before; added when a snapshot is finished."""


@dataclass(frozen=True, slots=True)
class FinishedSnapshot:
    """How a snapshot ended. ``unconfirmed`` is what vanished and wasn't closed, as nobody has confirmed it."""

    sequence: int
    state: str
    added: int
    closed: int
    ledger: Mapping[str, int]
    unconfirmed: Vanished | None = None


@dataclass(frozen=True, slots=True)
class _Ending:
    archive: Archive
    snapshot: OpenSnapshot
    state: str
    ledger: dict[str, int]
    listed: Iterable[Folder]
    closing: list[int]
    unconfirmed: Vanished | None


def complete_snapshot(
    *,
    capture: Capture,
    ledger: Mapping[str, int],
    confirm: str | None = None,
    at: datetime,
    then: Callable[[FinishedSnapshot], None],
) -> FinishedSnapshot:
    """Finish the snapshot of a scan that ended: complete, with all its closings and ``then`` in one transaction.

    If more than ``MOST_VANISHED_PERCENT`` of the source vanished and ``confirm`` isn't its digest, the snapshot ends
    as partial and closes only what changed. Raises SourceNotActive, CaptureContended.
    """
    capture.flush()
    snapshot = capture.snapshot
    vanished = look_for_vanished(capture=capture)
    is_confirmed = not vanished.asks or confirm == vanished.digest
    ending = _Ending(
        archive=capture.archive,
        snapshot=snapshot,
        state=Snapshot.State.COMPLETE if is_confirmed else Snapshot.State.PARTIAL,
        ledger=dict(ledger),
        listed=capture.listed,
        closing=superseded(snapshot=snapshot) + (list(vanished.versions) if is_confirmed else []),
        unconfirmed=None if is_confirmed else vanished,
    )
    return _finish(ending, now=capture.now, at=at, then=then)


def finish_partial(
    *,
    archive: Archive,
    snapshot: OpenSnapshot,
    ledger: Mapping[str, int],
    at: datetime,
    now: Callable[[], datetime],
    then: Callable[[FinishedSnapshot], None],
) -> FinishedSnapshot:
    """Finish a snapshot whose scan was interrupted, here or in a process that is gone: only what changed is closed."""
    closing = superseded(snapshot=snapshot)
    ending = _Ending(archive, snapshot, Snapshot.State.PARTIAL, dict(ledger), (), closing, None)
    return _finish(ending, now=now, at=at, then=then)


def acknowledge(*, archive: Archive, done: str, is_all: bool = True) -> None:
    """Make what was committed durable in the journal; only then may anybody be told that it is kept.

    Raises ``NotYetDurable`` with ``done``, what is kept by now, in half a sentence; ``is_all`` is False
    where that isn't what was asked for.
    """
    hit("capture.before_flush")
    journal.acknowledge(archive=archive, done=done, is_all=is_all)
    hit("capture.after_flush")


def _finish(
    ending: _Ending, *, now: Callable[[], datetime], at: datetime, then: Callable[[FinishedSnapshot], None]
) -> FinishedSnapshot:
    snapshot = ending.snapshot
    new = added(snapshot=snapshot)
    ledger = ending.ledger | {CLOSED: len(ending.closing)}

    def committed(kept: KeptContents) -> FinishedSnapshot:
        if ending.state == Snapshot.State.COMPLETE:
            require_active(source_id=snapshot.source_id)
        closed = close_versions(snapshot=snapshot, versions=ending.closing)
        _write_down(ending, ledger, manifest.summary.digest, kept, at)
        done = FinishedSnapshot(snapshot.sequence, str(ending.state), len(new), closed, ledger, ending.unconfirmed)
        then(done)
        return done

    filler = PackFiller(archive=ending.archive, owner=uuid4(), now=now)
    manifest = StreamedContent(
        parts=lambda: manifest_chunks(
            snapshot=snapshot,
            state=str(ending.state),
            ledger=ledger,
            listed=ending.listed,
            added=new,
            closed=ending.closing,
        ),
        kind=PartKind.MANIFEST,
        filler=filler,
    )
    hit("capture.before_complete")
    done = store_and_commit(contents=[manifest.row()], fill=manifest.fill, filler=filler, then=committed)
    hit("capture.after_complete")
    return done


def _write_down(
    ending: _Ending, ledger: Mapping[str, int], manifest_digest: bytes, kept: KeptContents, at: datetime
) -> None:
    """Set the snapshot's state and put it into the outbox, by what the archive calls it."""
    snapshot = ending.snapshot
    Snapshot.objects.filter(pk=snapshot.snapshot_id, state=Snapshot.State.OPEN).update(
        state=ending.state, ledger=dict(ledger), manifest_content=kept.ids[manifest_digest]
    )
    payload = {
        "source": str(snapshot.source_key),
        "sequence": snapshot.sequence,
        "taken_at": to_micros(snapshot.taken_at),
        "state": str(ending.state),
        "manifest": manifest_digest.hex(),
    }
    journal.append(verb="snapshot.completed", payload=payload, at=at)
