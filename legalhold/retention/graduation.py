"""Decides which snapshots a profile keeps, until when and why. Pure calendar arithmetic; knows no database."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

NEVER = datetime.max.replace(tzinfo=ZoneInfo("UTC"))
"""Expiry of a snapshot that is kept whatever its age."""


@dataclass(frozen=True, slots=True)
class KeepRule:
    """A profile's numbers; the same meaning as ``RetentionProfile``'s fields."""

    keep_all_days: int
    weekly_weeks: int
    monthly_months: int
    yearly_years: int
    keep_last: int
    week_starts_on: int
    keeps_oldest: bool
    zone: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot as far as retention cares."""

    sequence: int
    taken_at: datetime
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """Why a snapshot is kept the longest, and when that ends (``NEVER``: while it is among the newest)."""

    because: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Period:
    """One of the profile's longer steps: how days fall into periods, and how long a period's snapshot lives."""

    because: str
    lifetime: relativedelta
    of: Callable[[date], Hashable]


def graduate(*, snapshots: Sequence[Taken], rule: KeepRule, keep_newest: bool) -> Mapping[int, Kept]:
    """Return, by sequence, until when each of one source's unexpired snapshots is kept.

    A snapshot is kept by whichever step keeps it longest. A partial one stands for a period only where the period has
    no complete one, and never counts among the last N. With ``keep_newest`` the newest complete one is kept for ever.
    """
    zone = ZoneInfo(rule.zone)
    days = {taken.sequence: taken.taken_at.astimezone(zone).date() for taken in snapshots}
    kept = {
        taken.sequence: _until("all", days[taken.sequence], relativedelta(days=rule.keep_all_days), zone)
        for taken in snapshots
    }
    for period in _periods(rule):
        for taken in _representatives(snapshots, days, period, keeps_oldest=rule.keeps_oldest):
            candidate = _until(period.because, days[taken.sequence], period.lifetime, zone)
            kept[taken.sequence] = max(kept[taken.sequence], candidate, key=lambda one: one.expires_at)
    for sequence in _last(snapshots, rule.keep_last):
        kept[sequence] = Kept(because=f"last {rule.keep_last}", expires_at=NEVER)
    for sequence in _last(snapshots, 1) if keep_newest else ():
        kept[sequence] = Kept(because="newest complete", expires_at=NEVER)
    return kept


def _until(because: str, day: date, lifetime: relativedelta, zone: ZoneInfo) -> Kept:
    try:
        expires_at = datetime.combine(day + lifetime, time.min, tzinfo=zone)
        expires_at.astimezone(UTC)
    except (OverflowError, ValueError):  # beyond the year 9999
        expires_at = NEVER
    return Kept(because=because, expires_at=expires_at)


def _periods(rule: KeepRule) -> Iterable[_Period]:
    if rule.weekly_weeks:
        yield _Period(
            "weekly", relativedelta(weeks=rule.weekly_weeks), lambda day: week_start(day, rule.week_starts_on)
        )
    if rule.monthly_months:
        yield _Period("monthly", relativedelta(months=rule.monthly_months), lambda day: (day.year, day.month))
    if rule.yearly_years:
        yield _Period("yearly", relativedelta(years=rule.yearly_years), lambda day: day.year)


def week_start(day: date, starts_on: int) -> date:
    """Return the first day of the week that ``day`` is in; ``starts_on`` counts from Monday = 0."""
    return day - timedelta(days=(day.weekday() - starts_on) % 7)


def _representatives(
    snapshots: Sequence[Taken], days: Mapping[int, date], period: _Period, *, keeps_oldest: bool
) -> Iterable[Taken]:
    by_period: dict[Hashable, list[Taken]] = defaultdict(list)
    for taken in sorted(snapshots, key=lambda one: one.sequence):
        by_period[period.of(days[taken.sequence])].append(taken)
    for members in by_period.values():
        candidates = [taken for taken in members if taken.is_complete] or members
        yield candidates[0] if keeps_oldest else candidates[-1]


def _last(snapshots: Sequence[Taken], count: int) -> list[int]:
    complete = sorted(taken.sequence for taken in snapshots if taken.is_complete)
    return complete[-count:]
