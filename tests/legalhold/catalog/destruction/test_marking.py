"""What is reclaimable, condemned, spared and matured."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalhold.catalog.destruction import marking, reclaimable, survey
from legalhold.catalog.destruction.pace import Pace
from legalhold.catalog.destruction.safety import BATCH, MOST_BATCH_ROWS
from legalhold.catalog.models import LIVE, Snapshot, Version
from legalhold.database import gate

DAY_US = 24 * 3600 * 1_000_000


@pytest.fixture
def pace():
    return Pace(stopwatch=lambda: 0.0)


CANDIDATES = f"{survey._CANDIDATES} SELECT v.id FROM candidate v"
"""As a plan asks for them, pins aside."""


def candidates(text: str = CANDIDATES) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(text)
        return sorted(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize(
    ("first", "last", "expired", "expected"),
    [
        (1, 1, (1,), True),
        (1, 1, (), False),
        (2, 2, (2,), True),
        (1, 2, (2,), False),
        (1, 2, (1, 2), True),
        (2, 3, (2,), False),
        (2, 3, (2, 3), True),
        (1, 3, (1, 2, 3), True),
        (4, 4, (4,), False),
        (3, 4, (3, 4), False),
        (2, LIVE, (2, 3), False),
        (2, 2, (1, 2, 3, 4), False),
    ],
)
def test_version_is_reclaimable_strictly_inside_a_gap(house, condition, first, last, expired, expected):
    source = house.source(snapshots=4)
    version = house.version(source, first, last)
    house.expire(source, *expired)

    assert (version.pk in candidates()) is expected
    assert condition(reclaimable.is_reclaimable(version="v"), version) is expected


def test_open_snapshot_counts_as_kept(house):
    source = house.source(snapshots=2)
    house.expire(source, 1, 2)
    inside, across = house.version(source, 1, 1), house.version(source, 1, 3)
    assert candidates() == []

    house.snapshot(source, state="open")

    assert candidates() == [inside.pk]
    assert across.pk not in candidates()


def test_source_without_kept_snapshots_yields_nothing(house):
    source = house.source(snapshots=3)
    house.expire(source, 1, 2, 3)
    house.version(source, 1, 2)

    assert candidates() == []


def test_gap_is_that_of_the_own_source(house):
    kept, other = house.source(snapshots=3), house.source(snapshots=3)
    house.expire(other, 1, 2)
    house.version(kept, 1, 1)
    gone = house.version(other, 1, 1)

    assert candidates() == [gone.pk]


def test_removed_source_yields_everything(house):
    source, other = house.source(snapshots=2), house.source(snapshots=2)
    versions = [house.version(source, 1, 1), house.version(source, 1)]
    house.version(other, 1)
    with gate.opened():
        source.state = "removing"
        source.save()

    assert candidates() == [version.pk for version in versions]


EXPIRED = st.sets(st.integers(1, 6))
RANGES = st.lists(st.tuples(st.integers(1, 6), st.sampled_from([0, 1, 2, 5, LIVE])), max_size=8)


def reclaimable_by_hand(first, last, expired, newest):
    seen = range(first, min(last, newest) + 1)
    kept_above = any(number > last for number in range(1, newest + 1) if number not in expired)
    return last != LIVE and kept_above and all(number in expired for number in seen)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(expired=EXPIRED, ranges=RANGES)
def test_gap_join_and_condition_equal_the_reference(house, expired, ranges):
    source = house.source(snapshots=6)
    house.expire(source, *expired)
    versions = [
        (house.version(source, first, last if last == LIVE else min(6, first + last)), first) for first, last in ranges
    ]

    expected = sorted(row.pk for row, first in versions if reclaimable_by_hand(first, row.last_seen, expired, 6))
    by_condition = f"SELECT v.id FROM catalog_version v WHERE {reclaimable.is_reclaimable(version='v')}"
    mine = {row.pk for row, _ in versions}
    assert [pk for pk in candidates() if pk in mine] == expected
    assert [pk for pk in candidates(by_condition) if pk in mine] == expected


@pytest.mark.parametrize(
    ("sound", "mutant"),
    [("v.first_seen > g.lower", "v.first_seen >= g.lower"), ("v.last_seen < g.upper", "v.last_seen <= g.upper")],
)
def test_gap_off_by_one_would_take_what_a_kept_snapshot_shows(house, sound, mutant):
    """The mutants: a border that belongs to the gap."""
    source = house.source(snapshots=4)
    house.expire(source, 2, 3)
    versions = [house.version(source, 1, 2), house.version(source, 3, 4)]

    assert sound in CANDIDATES
    assert candidates() == []
    assert len(candidates(CANDIDATES.replace(sound, mutant))) == 1
    assert len(versions) == 2


def condemned() -> list[int]:
    return sorted(Version.objects.exclude(condemned_at=None).values_list("pk", flat=True))


def test_condemn_marks_what_nothing_keeps(house, pace, at):
    source, other = house.source(snapshots=3), house.source(snapshots=3)
    house.expire(source, 1)
    house.expire(other, 1)
    gone, held, live = house.version(source, 1, 1), house.version(other, 1, 1), house.version(source, 1)
    house.pin("source", on=other)
    everything = [gone.pk, held.pk, live.pk]

    assert survey.find_condemnable() == (gone.pk,)
    assert marking.condemn(versions=everything, counted_us=5, at=at, pace=pace) == 1
    assert condemned() == [gone.pk]
    assert marking.condemn(versions=everything, counted_us=6, at=at, pace=pace) == 0
    assert Version.objects.get(pk=gone.pk).condemned_counted_us == 5


def test_condemn_touches_nothing_outside_the_plan(house, pace, at):
    source = house.source(snapshots=3)
    house.expire(source, 1)
    planned, late = house.version(source, 1, 1), house.version(source, 1, 1)

    marking.condemn(versions=[planned.pk], counted_us=5, at=at, pace=pace)

    assert condemned() == [planned.pk]
    assert survey.find_condemnable() == (late.pk,)


def test_spare_clears_the_marks_of_what_is_kept_again(house, pace, at):
    source, other = house.source(snapshots=3), house.source(snapshots=3)
    house.expire(source, 1)
    house.expire(other, 1)
    versions = [house.version(source, 1, 1), house.version(other, 1, 1), house.version(source, 1, 1)]
    marking.condemn(versions=[row.pk for row in versions], counted_us=5, at=at, pace=pace)
    Snapshot.objects.filter(source=other).update(expired_at=None)
    house.freeze(versions[2])

    assert survey.find_spared() == (versions[1].pk, versions[2].pk)
    assert marking.spare(versions=[row.pk for row in versions], pace=pace) == 2
    assert condemned() == [versions[0].pk]


def test_version_matures_when_its_grace_is_over_by_the_counted_clock(house, pace, at):
    source = house.source(snapshots=3)
    house.expire(source, 1)
    version = house.version(source, 1, 1)
    marking.condemn(versions=[version.pk], counted_us=DAY_US, at=at, pace=pace)

    def mature(counted_us):
        changed = marking.mature(
            versions=[version.pk], grace_seconds=7 * 86400, counted_us=counted_us, at=at, pace=pace
        )
        return changed, Version.objects.get().destroyable_at

    assert mature(8 * DAY_US - 1) == (0, None)
    assert mature(8 * DAY_US) == (1, at)
    assert mature(9 * DAY_US) == (0, at)


def test_held_version_never_matures(house, pace, at):
    source = house.source(snapshots=3)
    house.expire(source, 1)
    version = house.version(source, 1, 1)
    marking.condemn(versions=[version.pk], counted_us=0, at=at, pace=pace)
    house.pin("all")

    assert marking.mature(versions=[version.pk], grace_seconds=0, counted_us=DAY_US, at=at, pace=pace) == 0


class Stopwatch:
    def __init__(self, *readings):
        self.readings = list(readings)

    def __call__(self):
        return self.readings.pop(0)


def test_pace_grows_while_batches_are_quick():
    pace = Pace(stopwatch=lambda: 0.0)

    sizes = [len(batch) for batch in pace.batches(range(20_000))]

    assert sizes == [100, 200, 400, 800, 1600, 3200, 5000, 5000, 3700]
    assert pace.rows == MOST_BATCH_ROWS


def test_pace_shrinks_when_a_batch_held_the_guard_too_long():
    bound = BATCH.total_seconds()
    pace = Pace(stopwatch=Stopwatch(0, bound * 2, 0, bound / 2, 0, bound * 0.8, 0, bound * 1000, 0, 0))

    sizes = [len(batch) for batch in pace.batches(range(160))]

    assert sizes == [100, 40, 20]
    assert pace.rows == 50
    assert pace.longest_seconds == bound * 2


def test_pace_never_goes_below_the_fewest_rows():
    pace = Pace(stopwatch=Stopwatch(0, 1000, 0, 1000))

    sizes = [len(batch) for batch in pace.batches(range(120))]

    assert sizes == [100, 20]
    assert pace.rows == 20
