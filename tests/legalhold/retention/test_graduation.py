"""Which snapshots a profile keeps, until when and why."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalhold.retention.graduation import NEVER, KeepRule, Taken, graduate, week_start

FIRST = datetime(2026, 1, 4, 3, 0, tzinfo=UTC)  # a Sunday
RULE = KeepRule(
    keep_all_days=7,
    weekly_weeks=0,
    monthly_months=0,
    yearly_years=0,
    keep_last=1,
    week_starts_on=6,
    keeps_oldest=True,
    zone="UTC",
)


def daily(count: int, *, complete: bool = True) -> list[Taken]:
    return [Taken(n + 1, FIRST + timedelta(days=n), complete) for n in range(count)]


def test_keep_all_ends_at_midnight_after_the_days():
    kept = graduate(snapshots=daily(2), rule=RULE, keep_newest=False)

    assert kept[1].because == "all"
    assert kept[1].expires_at == datetime(2026, 1, 11, tzinfo=UTC)


def test_keep_all_counts_calendar_days_of_the_profiles_zone():
    taken = [Taken(1, datetime(2026, 3, 28, 23, 30, tzinfo=UTC), True), Taken(2, FIRST + timedelta(days=200), True)]

    kept = graduate(snapshots=taken, rule=replace(RULE, zone="Europe/Berlin", keep_all_days=1), keep_newest=False)

    assert kept[1].expires_at == datetime(2026, 3, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert kept[1].expires_at == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)  # the clocks went forward in between


def test_weekly_keeps_the_oldest_of_each_week_from_sunday():
    kept = graduate(snapshots=daily(14), rule=replace(RULE, keep_all_days=0, weekly_weeks=4), keep_newest=False)

    assert [sequence for sequence, one in kept.items() if one.because == "weekly"] == [1, 8]
    assert kept[1].expires_at == datetime(2026, 2, 1, tzinfo=UTC)


def test_weekly_keeps_the_latest_of_each_week_when_set():
    rule = replace(RULE, keep_all_days=0, weekly_weeks=4, keeps_oldest=False)

    kept = graduate(snapshots=daily(14), rule=rule, keep_newest=False)

    assert [sequence for sequence, one in kept.items() if one.because == "weekly"] == [7]
    assert kept[14].because == "last 1"


def test_weekly_starts_on_the_day_that_is_set():
    assert week_start(date(2026, 1, 4), 6) == date(2026, 1, 4)
    assert week_start(date(2026, 1, 4), 0) == date(2025, 12, 29)


def test_monthly_and_yearly_keep_one_each():
    taken = [Taken(n + 1, FIRST + timedelta(days=30 * n), True) for n in range(13)]
    rule = replace(RULE, keep_all_days=0, monthly_months=2, yearly_years=3)

    kept = graduate(snapshots=taken, rule=rule, keep_newest=False)

    assert [sequence for sequence, one in kept.items() if one.because == "yearly"] == [1]
    assert kept[1].expires_at == datetime(2029, 1, 4, tzinfo=UTC)
    assert kept[2].because == "monthly"
    assert kept[2].expires_at == datetime(2026, 4, 3, tzinfo=UTC)


def test_partial_stands_for_a_period_only_without_a_complete_one():
    taken = [
        Taken(1, FIRST, False),
        Taken(2, FIRST + timedelta(days=1), True),
        Taken(3, FIRST + timedelta(days=8), False),
    ]
    rule = replace(RULE, keep_all_days=0, weekly_weeks=1)

    kept = graduate(snapshots=taken, rule=rule, keep_newest=False)

    assert kept[1].because == "all"
    assert kept[3].because == "weekly"


def test_last_counts_complete_ones_only():
    taken = [*daily(2), Taken(3, FIRST + timedelta(days=2), False)]

    kept = graduate(snapshots=taken, rule=replace(RULE, keep_last=2), keep_newest=False)

    assert [sequence for sequence, one in kept.items() if one.expires_at == NEVER] == [1, 2]


def test_newest_complete_is_kept_for_ever():
    kept = graduate(snapshots=daily(3), rule=RULE, keep_newest=True)

    assert kept[3].because == "newest complete"


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_is_kept_of_nothing(count):
    kept = graduate(snapshots=daily(count, complete=False), rule=RULE, keep_newest=True)

    assert len(kept) == count


@given(
    gaps=st.lists(st.integers(1, 400), min_size=1, max_size=30),
    days=st.integers(0, 60),
    weeks=st.integers(0, 10),
    shorter=st.sampled_from(["keep_all_days", "weekly_weeks", "monthly_months", "yearly_years", "keep_last"]),
)
def test_longer_numbers_never_keep_anything_shorter(gaps, days, weeks, shorter):
    taken = [Taken(n + 1, FIRST + timedelta(days=sum(gaps[: n + 1])), n % 3 != 0) for n in range(len(gaps))]
    rule = replace(RULE, keep_all_days=days, weekly_weeks=weeks, monthly_months=1)

    short = graduate(snapshots=taken, rule=rule, keep_newest=True)
    long = graduate(snapshots=taken, rule=replace(rule, **{shorter: getattr(rule, shorter) + 1}), keep_newest=True)

    assert all(long[sequence].expires_at >= kept.expires_at for sequence, kept in short.items())
