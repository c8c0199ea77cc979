"""No clock that jumps can shorten what is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalhold.database import counted
from legalhold.database.counted import ClockReading

START = datetime(2026, 3, 28, 12, tzinfo=UTC)
HOUR = 3_600_000_000
YEAR = 365 * 24 * HOUR


def reading(*, wall=0, boot="a", boottime=0):
    return ClockReading(wall_at=START + timedelta(microseconds=wall), boot_id=boot, boottime_us=boottime)


def count(*readings):
    return [counted.tick(reading=each) for each in readings]


def test_counting_starts_at_nothing(db):
    assert counted.current() == 0
    assert count(reading(boottime=10 * YEAR)) == [0]
    assert counted.current() == 0


def test_time_that_both_clocks_show_counts(db):
    assert count(reading(), reading(wall=HOUR, boottime=HOUR), reading(wall=3 * HOUR, boottime=3 * HOUR)) == [
        0,
        HOUR,
        3 * HOUR,
    ]
    assert counted.current() == 3 * HOUR


@pytest.mark.parametrize("jump", [HOUR, 10 * YEAR])
def test_wall_jumping_ahead_counts_only_what_the_boot_clock_shows(db, jump):
    assert count(reading(), reading(wall=jump, boottime=5), reading(wall=jump + 5, boottime=10)) == [0, 5, 10]


@pytest.mark.parametrize("jump", [HOUR, 10 * YEAR])
def test_wall_jumping_back_counts_nothing_and_then_goes_on(db, jump):
    assert count(reading(), reading(wall=-jump, boottime=5), reading(wall=5 - jump, boottime=10)) == [0, 0, 5]


@pytest.mark.parametrize("jump", [HOUR, 10 * YEAR])
def test_wall_jumping_back_and_forth_counts_nothing_twice(db, jump):
    steps = [reading(wall=jump * (number % 2), boottime=number) for number in range(10)]

    assert count(*steps)[-1] == 5


def test_reboot_counts_only_the_new_boots_time(db):
    assert count(reading(boottime=YEAR), reading(wall=24 * HOUR, boot="b", boottime=HOUR)) == [0, HOUR]


@pytest.mark.parametrize("jump", [HOUR, 10 * YEAR])
def test_reboot_with_a_wall_that_jumped_ahead_counts_only_the_new_boots_time(db, jump):
    assert count(reading(boottime=YEAR), reading(wall=jump, boot="b", boottime=7)) == [0, 7]


def test_reboot_with_a_wall_that_fell_back_counts_nothing(db):
    assert count(reading(boottime=YEAR), reading(wall=-HOUR, boot="b", boottime=7)) == [0, 0]


def test_boot_clock_that_goes_back_counts_nothing(db):
    assert count(reading(boottime=HOUR), reading(wall=HOUR, boottime=0)) == [0, 0]


def test_change_to_summer_time_changes_nothing(db):
    from zoneinfo import ZoneInfo

    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 3, 29, 1, 30, tzinfo=berlin)
    after = datetime(2026, 3, 29, 3, 30, tzinfo=berlin)

    assert count(ClockReading(before, "a", 0), ClockReading(after, "a", 2 * HOUR)) == [0, HOUR]


steps = st.lists(
    st.tuples(st.integers(0, 2 * HOUR), st.sampled_from([0, 0, 0, HOUR, -HOUR, 10 * YEAR, -10 * YEAR]), st.booleans()),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_count_never_exceeds_the_time_that_passed(db, steps):
    from legalhold.database.models import CountedClock

    CountedClock.objects.all().delete()
    real, shift, boot, booted = 0, 0, 0, 0
    total = counted.tick(reading=reading())
    for passed, jump, is_reboot in steps:
        real += passed
        shift += jump
        if is_reboot:
            boot, booted = boot + 1, real - passed // 2
        now = counted.tick(reading=reading(wall=real + shift, boot=str(boot), boottime=real - booted))

        assert total <= now <= real
        total = now
