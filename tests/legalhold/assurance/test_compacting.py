"""Compaction as one act: released first, planned, executed, and forgotten by the index."""

from __future__ import annotations

from datetime import timedelta

import pytest

from legalhold.approvals.confirmation import ApprovalNeeded, Confirmation
from legalhold.assurance.compacting import compact
from legalhold.catalog.destruction import ClockBehind
from legalhold.catalog.models import CompactionRun, Version
from legalhold.holds.models import Hold
from legalhold.matters.access import NotAllowed
from legalhold.review.models import IndexRow
from tests.acting import ACCESS, NOBODY


@pytest.fixture
def released(house):
    """Everything of a held person has expired but the newest; the hold's release has cooled off."""
    house.begin()
    hold = house.place("Alice", house.alice)
    house.expire()
    house.release(hold)
    house.clock.advance(timedelta(days=40))
    return hold


def run(house, **given):
    arguments = {"is_full": True, "grace": timedelta(), "access": ACCESS, "at": house.clock(), **given}
    return compact(archive=house.archive, read_clock=house.clock.reading, **arguments)


def test_release_that_is_over_takes_effect_before_the_plan_and_the_index_catches_up(house, released):
    versions, rows = Version.objects.count(), IndexRow.objects.count()
    with pytest.raises(ApprovalNeeded) as asked:
        run(house)

    done = run(house, approval=Confirmation(asked.value.digest))

    destroyed = done.run.counts["versions_destroyed"]
    assert Hold.objects.get(pk=released.pk).state == "ended"
    assert (done.run.state, destroyed) == ("completed", len(done.plan.destroys))
    assert destroyed > 0
    assert (Version.objects.count(), IndexRow.objects.count()) == (versions - destroyed, rows - destroyed)


def test_nothing_takes_effect_by_a_clock_that_is_behind_or_without_permission(house, released):
    with pytest.raises(ClockBehind):
        run(house, newest_sealed_at=house.clock() + timedelta(hours=1))
    with pytest.raises(NotAllowed, match="compact"):
        run(house, access=NOBODY)

    assert Hold.objects.get(pk=released.pk).state == "released"
    assert CompactionRun.objects.count() == 0
