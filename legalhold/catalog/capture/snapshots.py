"""Opening a snapshot of a source: one at a time, each later than the one before, or finishing what that one began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from legalhold.catalog.models import Snapshot, Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID


class SourceNotActive(Exception):
    """Nothing is captured from a source that is retired or being removed."""


class SnapshotNotLater(Exception):
    """A snapshot must be taken later than the source's newest one, or at its time if that is partial: it goes on with it."""


class SnapshotStillOpen(Exception):
    """Another capture of the source hasn't ended, or ended without finishing its snapshot."""


@dataclass(frozen=True, slots=True)
class OpenSnapshot:
    """A snapshot being captured, by ids and by what the archive calls it."""

    snapshot_id: int
    source_id: int
    source_key: UUID
    sequence: int
    taken_at: datetime
    custody: Mapping[str, str]


def begin_snapshot(*, source: Source, taken_at: datetime, custody: Mapping[str, str], at: datetime) -> OpenSnapshot:
    """Open the next snapshot of ``source``; joins the caller's transaction.

    Raises SourceNotActive, SnapshotStillOpen (finish that one first) and SnapshotNotLater.
    """
    with transaction.atomic():
        locked = Source.objects.select_for_update().get(pk=source.pk)
        if locked.state != Source.State.ACTIVE:
            raise SourceNotActive(f"source {locked.name!r} is {locked.state}: nothing is captured from it any more")
        newest = Snapshot.objects.filter(source=locked).order_by("-sequence").first()
        if newest is not None:
            _require_later(locked, newest, taken_at)
        opened = Snapshot.objects.create(
            source=locked,
            sequence=1 if newest is None else newest.sequence + 1,
            taken_at=taken_at,
            ingested_at=at,
            custody=dict(custody),
        )
    return as_open(opened)


def open_snapshot(*, source: Source) -> OpenSnapshot | None:
    """Return the snapshot that a capture of ``source`` left open or is still writing."""
    found = Snapshot.objects.filter(source=source, state=Snapshot.State.OPEN).first()
    return None if found is None else as_open(found)


def as_open(snapshot: Snapshot) -> OpenSnapshot:
    """Return the row as the value that captures pass on."""
    return OpenSnapshot(
        snapshot_id=snapshot.pk,
        source_id=snapshot.source_id,
        source_key=snapshot.source.key,
        sequence=snapshot.sequence,
        taken_at=snapshot.taken_at,
        custody=snapshot.custody,
    )


def _require_later(source: Source, newest: Snapshot, taken_at: datetime) -> None:
    if newest.state == Snapshot.State.OPEN:
        raise SnapshotStillOpen(f"snapshot {newest.sequence} of source {source.name!r} is still open")
    goes_on = newest.state == Snapshot.State.PARTIAL and taken_at == newest.taken_at
    if taken_at <= newest.taken_at and not goes_on:
        raise SnapshotNotLater(
            f"source {source.name!r} has a snapshot taken at {newest.taken_at.isoformat()};"
            f" {taken_at.isoformat()} isn't later"
        )
