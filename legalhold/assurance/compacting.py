"""Compaction as one act: what was released takes effect, a plan is made and executed, and the search index catches up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from legalhold.accounts.roles import Permission
from legalhold.catalog.destruction import execute, plan, refuse_clock_behind
from legalhold.holds.services import apply_releases
from legalhold.matters.access import require
from legalhold.review.indexing import drop_destroyed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from legalhold.approvals.confirmation import Confirmation
    from legalhold.archive import Archive
    from legalhold.catalog.destruction import Plan
    from legalhold.catalog.models import CompactionRun
    from legalhold.database.counted import ClockReading
    from legalhold.matters.access import Access


@dataclass(frozen=True, slots=True)
class Compaction:
    """The plan that was executed, the run's row, and how many releases took effect before."""

    plan: Plan
    run: CompactionRun
    releases_ended: int


def plan_compaction(
    *,
    is_full: bool,
    grace: timedelta,
    reading: ClockReading,
    access: Access,
    at: datetime,
    newest_sealed_at: datetime | None = None,
) -> Plan:
    """Return what ``compact`` would do now, but for releases whose cooling-off is over. Raises what ``plan`` raises."""
    return plan(
        is_full=is_full,
        grace_seconds=int(grace.total_seconds()),
        reading=reading,
        access=access,
        at=at,
        newest_sealed_at=newest_sealed_at,
    )


def compact(
    *,
    archive: Archive,
    is_full: bool,
    grace: timedelta,
    read_clock: Callable[[], ClockReading],
    access: Access,
    at: datetime,
    approval: Confirmation | None = None,
    newest_sealed_at: datetime | None = None,
) -> Compaction:
    """Condemn what nothing keeps, and destroy what was condemned longer ago than ``grace``.

    Raises ``NotAllowed``, ``ClockBehind``, ``ApprovalNeeded`` with the plan's digest, and the journal's refusals.
    """
    require(access=access, permission=Permission.COMPACT)
    refuse_clock_behind(at=at, newest_sealed_at=newest_sealed_at)
    ended = apply_releases(reading=read_clock(), by=access.actor, at=at)
    planned = plan_compaction(
        is_full=is_full, grace=grace, reading=read_clock(), access=access, at=at, newest_sealed_at=newest_sealed_at
    )
    run = execute(
        plan=planned,
        archive=archive,
        reading=read_clock(),
        access=access,
        at=at,
        catch_up=drop_destroyed,
        approval=approval,
        newest_sealed_at=newest_sealed_at,
    )
    return Compaction(planned, run, ended)
