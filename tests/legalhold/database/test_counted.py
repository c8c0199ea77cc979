"""No clock that jumps can shorten what is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalhold.database import counted
from legalhold.database.counted import ClockReading
from legalhold.database.models import BootClock

START = datetime(2026, 3, 28, 12, tzinfo=UTC)
HOUR = 3_600_000_000
YEAR = 365 * 24 * HOUR


def reading(*, wall=0, boot="a", boottime=0, machine="m"):
    wall_at = START + timedelta(microseconds=wall)
    return ClockReading(wall_at=wall_at, machine_id=machine, boot_id=boot, boottime_us=boottime)


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


def test_reading_that_waited_while_a_newer_one_was_taken_down_counts_nothing_twice(db):
    """Mutant: taking a stale reading down as the newest counts what passed since it again."""
    early, late = reading(wall=HOUR, boottime=HOUR), reading(wall=2 * HOUR, boottime=2 * HOUR)

    assert count(reading(), late, early, late, early, late) == [0, *[2 * HOUR] * 5]


def test_change_to_summer_time_changes_nothing(db):
    from zoneinfo import ZoneInfo

    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 3, 29, 1, 30, tzinfo=berlin)
    after = datetime(2026, 3, 29, 3, 30, tzinfo=berlin)

    assert count(ClockReading(before, "m", "a", 0), ClockReading(after, "m", "a", 2 * HOUR)) == [0, HOUR]


def test_hour_that_two_machines_show_is_one_hour(db):
    first, second = {"machine": "m", "boot": "a"}, {"machine": "n", "boot": "b"}

    assert count(
        reading(**first),
        reading(**second, boottime=YEAR),
        reading(**first, wall=HOUR, boottime=HOUR),
        reading(**second, wall=HOUR, boottime=YEAR + HOUR),
        reading(**second, wall=3 * HOUR, boottime=YEAR + 3 * HOUR),
        reading(**first, wall=4 * HOUR, boottime=4 * HOUR),
    ) == [0, 0, HOUR, HOUR, 3 * HOUR, 4 * HOUR]


def test_machine_whose_wall_is_ahead_counts_no_more_for_it(db):
    """Mutant: one row for all machines counts the difference of their walls at each change of machine."""
    ahead = {"machine": "n", "boot": "b", "boottime": 50 * YEAR}

    counts = count(*(each for _ in range(5) for each in (reading(boottime=YEAR), reading(**ahead, wall=YEAR))))

    assert counts == [0] * 10


def test_first_boot_of_a_machine_counts_nothing_of_its_own_past(db):
    assert count(reading(), reading(wall=HOUR, machine="n", boot="b", boottime=YEAR)) == [0, 0]


def test_boot_of_a_machine_that_is_not_known_begins_at_what_was_counted(db):
    unknown = {"machine": "", "wall": HOUR}

    assert count(reading(), reading(wall=HOUR, boottime=HOUR)) == [0, HOUR]
    assert count(reading(**unknown, boot="b", boottime=9), reading(**unknown, boot="c", boottime=9)) == [HOUR, HOUR]


steps = st.lists(
    st.tuples(
        st.integers(0, 2 * HOUR),
        st.sampled_from([0, 0, 0, HOUR, -HOUR, 10 * YEAR, -10 * YEAR]),
        st.booleans(),
        st.sampled_from(["m", "m", "n"]),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_count_never_exceeds_the_time_that_passed(db, steps):
    BootClock.objects.all().delete()
    real = 0
    shift, boot, booted = ({"m": 0, "n": 0} for _ in range(3))
    total = counted.tick(reading=reading(boot="m0"))
    for passed, jump, is_reboot, machine in steps:
        real += passed
        shift[machine] += jump
        if is_reboot:
            boot[machine], booted[machine] = boot[machine] + 1, real - passed // 2
        name, up = f"{machine}{boot[machine]}", real - booted[machine]
        now = counted.tick(reading=reading(wall=real + shift[machine], machine=machine, boot=name, boottime=up))

        assert total <= now <= real
        total = now
