"""Finishing what an ingest left open whose process is gone: what it had captured is kept, nothing is taken as gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.audit.services import record
from legalhold.catalog.capture import acknowledge, finish_partial, open_snapshot
from legalhold.catalog.models import Snapshot, Source
from legalhold.ingest.models import Ingest
from legalhold.ingest.owning import SourceBusy, owning

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.catalog.capture import FinishedSnapshot

BECAUSE = "its process ended before it did"


def recover_ingests(*, archive: Archive, by: str, now: Callable[[], datetime]) -> int:
    """Finish every open snapshot that nobody is capturing any more; returns how many there were."""
    finished = 0
    for source in Source.objects.filter(pk__in=Snapshot.objects.filter(state="open").values("source")).order_by("pk"):
        try:
            with owning(source_id=source.pk, name=source.name):
                finished += recover_source(archive=archive, source=source, by=by, now=now)
        except SourceBusy:
            continue
    return finished


def recover_source(*, archive: Archive, source: Source, by: str, now: Callable[[], datetime]) -> bool:
    """Finish a source's open snapshot as partial, if there is one; the caller owns the source's capture."""
    snapshot = open_snapshot(source=source)
    if snapshot is None:
        return False

    def then(finished: FinishedSnapshot) -> None:
        row = Ingest.objects.get(source=source, sequence=snapshot.sequence)
        row.state, row.finished_at, row.ledger = Ingest.State.FAILED, now(), dict(finished.ledger)
        row.because = row.because or BECAUSE
        row.save()
        record(
            verb="ingest.failed", by=by, at=now(), subject_kind="ingest", subject_key=str(row.key),
            body={"source": str(source.key), "sequence": finished.sequence, "because": row.because, "added": finished.added},
        )  # fmt: skip

    finish_partial(archive=archive, snapshot=snapshot, ledger={"is_unfinished": 1}, at=now(), now=now, then=then)
    acknowledge(archive=archive, done=f"what an interrupted ingest of {source.name} had captured is kept", is_all=False)
    return True
