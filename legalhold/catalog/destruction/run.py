"""Executes a plan: marks, destroys, sweeps, repacks, unlinks. Any phase may be killed at any line; the next run goes on."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, transaction
from django.db.models import Count, Sum

from legalhold.accounts.roles import Permission
from legalhold.approvals.confirmation import Confirmation, require_approval
from legalhold.audit.services import record
from legalhold.catalog.destruction import manifests, marking, repack, sweep, unlink
from legalhold.catalog.destruction.destroy import destroy
from legalhold.catalog.destruction.gate import discard_unfinished
from legalhold.catalog.destruction.planning import Plan, refuse_clock_behind
from legalhold.catalog.destruction.running import Running
from legalhold.catalog.destruction.survey import known_now
from legalhold.catalog.models import CompactionRun, Tombstone, Version
from legalhold.database import counted, turns
from legalhold.database.models import Guard
from legalhold.journal.queries import losses_stand
from legalhold.journal.services import require_equal_heads
from legalhold.matters.access import require

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.database.counted import ClockReading
    from legalhold.matters.access import Access

TURN: Final = "compaction"
"""Held by every run together: whoever gets it alone knows that the process of a run called running is gone."""


def execute(
    *,
    plan: Plan,
    archive: Archive,
    reading: ClockReading,
    access: Access,
    at: datetime,
    catch_up: Callable[[], object],
    approval: Confirmation | None = None,
    newest_sealed_at: datetime | None = None,
    stopwatch: Callable[[], float] = time.monotonic,  # noqa: TID251 - paces batches and dates events; decides nothing
) -> CompactionRun:
    """Do what ``plan`` lists, as far as it still holds when each statement runs, and return the run's row.

    ``catch_up`` drops from the search index what has a tombstone; the run is complete only after it. Raises
    ``NotAllowed``, ``ApprovalNeeded`` when the plan asks and ``approval`` isn't of its digest, ``ClockBehind``, and the journal's
    refusals when its head and the catalog's differ; nothing was changed then. What fails later leaves a run ``failed``, and carries
    what the run had done until then as a note.
    """
    require(access=access, permission=Permission.COMPACT)
    refuse_clock_behind(at=at, newest_sealed_at=newest_sealed_at)
    if plan.asks:
        require_approval(
            approval=approval, digest=plan.digest, text=f"A person must agree, because {'; '.join(plan.asks)}."
        )
    require_equal_heads(archive=archive)
    with turns.beside(name=TURN):
        running = Running(_start(plan, access.actor, at), archive, access.actor, at, stopwatch)
        try:
            _mark(plan, reading, running)
            _destroy(plan, running)
            catch_up()
        except BaseException as error:
            error.add_note(_so_far(running))
            # A run that can't be closed, on a full disk say, the next start closes; why it failed matters more.
            with suppress(DatabaseError):
                _finish(running, CompactionRun.State.FAILED, {"error": f"{type(error).__name__}: {error}"[:500]})
            raise
        _finish(running, CompactionRun.State.COMPLETED, {})
    return running.run


def close_interrupted(*, by: str, at: datetime) -> int:
    """Close the rows of runs whose process is gone as ``failed``, and return how many; while any run goes on, none.

    Nothing else is owed: each batch they committed has its tombstones and its event, and the next run goes on from there.
    """
    with turns.attempt(name=TURN) as is_mine:
        running = CompactionRun.objects.filter(state=CompactionRun.State.RUNNING).order_by("pk")
        runs = list(running) if is_mine else []
        for run in runs:
            _close(run, by, at)
        return len(runs)


def _close(run: CompactionRun, by: str, at: datetime) -> None:
    gone = Tombstone.objects.filter(run_key=run.key).aggregate(versions=Count("pk"), size_bytes=Sum("size_bytes"))
    with transaction.atomic(durable=True):
        run.state, run.finished_at = CompactionRun.State.FAILED, at
        run.counts = {
            "versions_destroyed": gone["versions"],
            "bytes_destroyed": gone["size_bytes"] or 0,
            "error": "its process ended before it did",
        }
        run.save(update_fields=["state", "finished_at", "counts"])
        _event("compaction.failed", run, by, at, dict(run.counts))


def _mark(plan: Plan, reading: ClockReading, running: Running) -> None:
    counted_us = counted.tick(reading=reading)
    running.count("versions_spared", marking.spare(versions=plan.spares, pace=running.pace()))
    condemned = marking.condemn(versions=plan.condemns, counted_us=counted_us, at=running.at, pace=running.pace())
    running.count("versions_condemned", condemned)
    marking.mature(
        versions=plan.destroys,
        grace_seconds=plan.grace_seconds,
        counted_us=counted_us,
        at=running.at,
        pace=running.pace(),
    )


def _destroy(plan: Plan, running: Running) -> None:
    """Before each step that destroys, the journal's head must still be the catalog's: an old catalog destroys nothing.

    While a rebuild's losses stand, versions go and their tombstones say so, but nothing leaves the packs.
    """
    destroy(versions=plan.destroys, running=running)
    if losses_stand():
        running.count("runs_that_kept_all_bytes", 1)
        return
    if plan.is_full:
        sweep.mark_strays(running=running)
    require_equal_heads(archive=running.archive)
    manifests.rewrite(is_full=plan.is_full, running=running)
    sweep.sweep_folders(running=running)
    sweep.sweep(running=running)
    require_equal_heads(archive=running.archive)
    repack.repack(is_full=plan.is_full, running=running)
    unlink.condemn_packs(running=running)
    unlink.unlink_packs(running=running)
    running.count("unfinished_files_removed", discard_unfinished(archive=running.archive, at=running.now))


def _start(plan: Plan, by: str, at: datetime) -> CompactionRun:
    with transaction.atomic(durable=True):
        run = CompactionRun.objects.create(
            is_full=plan.is_full,
            grace_seconds=plan.grace_seconds,
            plan_digest=bytes.fromhex(plan.digest),
            plan={"lines": list(plan.lines)},
            epoch=Guard.objects.get().epoch,
            started_at=at,
        )
        _event("compaction.started", run, by, at, {"plan": plan.digest})
    return run


def _finish(running: Running, state: CompactionRun.State, also: dict[str, str]) -> None:
    run = running.run
    with transaction.atomic(durable=True):
        run.state, run.finished_at = state, running.now
        run.counts = {**running.counts, **also, "versions_left": Version.objects.count()}
        run.greatest_version, run.known_versions = known_now()
        run.save(update_fields=["state", "finished_at", "counts", "greatest_version", "known_versions"])
        _event(f"compaction.{state}", run, running.by, running.now, dict(run.counts))


def _so_far(running: Running) -> str:
    """Return what stays done of a run that failed: its batches are committed and in the journal's outbox."""
    condemned, destroyed = (running.counts.get(f"versions_{what}", 0) for what in ("condemned", "destroyed"))
    return (
        f"versions condemned before that: {condemned}, destroyed: {destroyed}; the next compaction goes on from there"
    )


def _event(verb: str, run: CompactionRun, by: str, at: datetime, body: dict[str, object]) -> None:
    record(verb=verb, by=by, at=at, subject_kind="compaction", subject_key=str(run.key), body=body)
