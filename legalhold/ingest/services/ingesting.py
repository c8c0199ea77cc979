"""One ingest: a path becomes a snapshot of a source, accounted for item by item."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction

from legalhold.accounts.roles import Permission
from legalhold.audit.services import record
from legalhold.catalog.capture import Capture, acknowledge, begin_snapshot, complete_snapshot, finish_partial
from legalhold.catalog.capture.places import display_of
from legalhold.catalog.owners import owners_now, titled
from legalhold.connectors import Exclusions, connect
from legalhold.ingest.ledger import check_ledger
from legalhold.ingest.models import Ingest
from legalhold.ingest.owning import owning
from legalhold.ingest.report import IngestReport
from legalhold.ingest.services.recovering import recover_source
from legalhold.ingest.services.resolving import resolve_source
from legalhold.ingest.services.scanning import Scan
from legalhold.journal.services.head import require_unfrozen
from legalhold.matters.access import require
from legalhold.retention.services import schedule_captures

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from legalhold.archive import Archive
    from legalhold.catalog.capture import FinishedSnapshot
    from legalhold.catalog.models import Source
    from legalhold.connectors import Origin
    from legalhold.matters.access import Access


class VanishedShare(Exception):
    """So much of a source is gone that a person must confirm it; until then nothing of it is taken as gone."""

    def __init__(self, *, report: IngestReport, digest: str, items: int, of_items: int) -> None:
        title = titled(name=report.source, custodians=report.custodians)
        super().__init__(
            f"{items:,} of {of_items:,} items of {title} have vanished: snapshot {report.sequence:,} is kept as partial,"
            f" and nothing was taken as gone. If they are really gone, run it again with --confirm {digest}"
        )
        self.report = report
        self.digest = digest


class TakenInFuture(Exception):
    """Data is said to be of a time that hasn't come: until then its source could never be captured again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestRequest:
    """What to capture, of whom, and what is to be said of it for ever. ``taken_at`` None is now.

    ``custodian`` is an address, employee id or key; ``source`` a name among theirs, or a key.
    """

    path: Path
    custodian: str | None = None
    source: str | None = None
    format: str = "auto"
    taken_at: datetime | None = None
    create: bool = False
    confirm: str | None = None
    exclude: Exclusions = field(default_factory=Exclusions)
    collected_by: str = ""
    method: str = ""
    host: str = ""
    clock_source: str = ""
    tool_version: str = ""
    evidence_number: str = ""
    note: str = ""


def ingest(
    *,
    request: IngestRequest,
    archive: Archive,
    access: Access,
    now: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] = lambda _findings, _bytes: None,
) -> IngestReport:
    """Capture a path as the next snapshot of a source; what it returns is durable, in the journal too.

    ``stop`` is asked between items: then the snapshot ends as partial. ``progress`` is given findings and bytes so far.
    Raises NotAllowed, JournalFrozen, what ``connect`` and ``resolve_source`` raise, SourceBusy, SourceNotActive,
    SnapshotNotLater, TakenInFuture, before anything is captured; VanishedShare when a person must confirm;
    LedgerUnbalanced, which is a fault of ours.
    """
    require(access=access, permission=Permission.CAPTURE)
    require_unfrozen()
    _require_past(request, now())
    connector = connect(path=request.path, format=request.format, exclude=request.exclude)
    origin, at = connector.origin, now()
    source = resolve_source(
        archive=archive, custodian=request.custodian, name=request.source, format=origin.format, create=request.create,
        by=access.actor, from_at=min(at, request.taken_at or at), at=at,
    )  # fmt: skip
    with owning(source_id=source.pk, name=source.name):
        recover_source(archive=archive, source=source, by=access.actor, now=now)
        scan = _begin(request, origin, archive, source, access, now)
        try:
            is_stopped = scan.run(connector=connector, stop=stop, progress=progress)
            finished = _finish(scan, access.actor, request.confirm, is_stopped=is_stopped)
        except BaseException as error:
            _fail(scan, error)
            raise
    acknowledge(archive=archive, done=f"snapshot {finished.sequence} of {source.name} is kept, {finished.state}")
    report = _report(scan, source, finished, origin.format, is_stopped=is_stopped)
    if finished.unconfirmed is not None:
        gone = finished.unconfirmed
        raise VanishedShare(report=report, digest=gone.digest, items=gone.items, of_items=gone.of_items)
    return report


def _require_past(request: IngestRequest, at: datetime) -> None:
    if request.taken_at is not None and request.taken_at > at:
        raise TakenInFuture(
            f"it is {at.isoformat(timespec='seconds')} now, and {request.taken_at.isoformat(timespec='seconds')} is later:"
            " say when the data was like this, in UTC or with its zone (2026-03-31T18:00+02:00)"
        )


def _begin(
    request: IngestRequest,
    origin: Origin,
    archive: Archive,
    source: Source,
    access: Access,
    now: Callable[[], datetime],
) -> Scan:
    at = now()
    custody = _custody(request, origin, access)
    with transaction.atomic(durable=True):
        snapshot = begin_snapshot(source=source, taken_at=request.taken_at or at, custody=custody, at=at)
        row = Ingest.objects.create(
            source=source, sequence=snapshot.sequence, actor=access.actor, started_at=at, heartbeat_at=at
        )
        _record("ingest.started", row, access.actor, at, {"custody": custody})
    return Scan(capture=Capture(archive=archive, snapshot=snapshot, now=now), ingest=row)


def _custody(request: IngestRequest, origin: Origin, access: Access) -> dict[str, str]:
    """Return what can only be said now; what isn't known is left out."""
    said = {
        "collected_by": request.collected_by or access.actor,
        "tool": f"{origin.tool} {request.tool_version}".strip(),
        "method": request.method,
        "format": origin.format,
        "origin_host": request.host,
        "origin_path": display_of(origin.path),
        "clock_source": request.clock_source,
        "evidence_number": request.evidence_number,
        "source_digest": "" if origin.digest is None else origin.digest.hex(),
        "note": request.note,
    }
    return {name: text for name, text in said.items() if text}


def _finish(scan: Scan, by: str, confirm: str | None, *, is_stopped: bool) -> FinishedSnapshot:
    capture = scan.capture
    capture.flush()
    at = capture.now()
    ledger = scan.ledger.closing(captured=capture.counts, folders_listed=len(capture.listed))

    def then(finished: FinishedSnapshot) -> None:
        check_ledger(ledger=finished.ledger, added=finished.added)
        scan.entries.write()
        is_complete = finished.state == "complete"
        row = scan.ingest
        row.state = Ingest.State.COMPLETED if is_complete else Ingest.State.PARTIAL
        row.finished_at, row.ledger = at, dict(finished.ledger)
        row.because = "" if is_complete else "interrupted" if is_stopped else "too much had vanished"
        row.save(update_fields=["state", "finished_at", "ledger", "because"])
        schedule_captures(sources=[row.source_id])
        _record("ingest.completed", row, by, at, {"state": finished.state, "ledger": dict(finished.ledger)})

    if is_stopped:
        return finish_partial(
            archive=capture.archive, snapshot=capture.snapshot, ledger=ledger, at=at, now=capture.now, then=then
        )
    return complete_snapshot(capture=capture, ledger=ledger, confirm=confirm, at=at, then=then)


def _fail(scan: Scan, error: BaseException) -> None:
    """Note why; the open snapshot is finished, and the event written, by whoever captures the source next."""
    because = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    # An error may name a file whose name is no text: a column that refused it would hide what went wrong.
    text = display_of(because.encode("utf-8", "backslashreplace"))
    Ingest.objects.filter(pk=scan.ingest.pk, state=Ingest.State.RUNNING).update(because=text)


def _record(verb: str, row: Ingest, by: str, at: datetime, body: dict[str, Any]) -> None:
    what = {"source": str(row.source.key), "sequence": row.sequence, **body}
    record(verb=verb, by=by, at=at, subject_kind="ingest", subject_key=str(row.key), body=what)


def _report(scan: Scan, source: Source, finished: FinishedSnapshot, read_as: str, *, is_stopped: bool) -> IngestReport:
    return IngestReport(
        key=scan.ingest.key,
        source_key=source.key,
        source=source.name,
        sequence=finished.sequence,
        state=finished.state,
        is_interrupted=is_stopped,
        ledger=finished.ledger,
        unconfirmed=finished.unconfirmed,
        custodians=owners_now(sources=[source.pk]).get(source.pk, ()),
        taken_at=scan.capture.snapshot.taken_at,
        format=read_as,
    )
