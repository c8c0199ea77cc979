"""Who may not let go, and of what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from legalhold.approvals.confirmation import Confirmation
from legalhold.database import counted
from legalhold.holds.models import Hold, HoldRelease
from legalhold.holds.services import (
    preview_release,
    release_hold,
)
from legalhold.holds.services.placing import HoldNotInEffect
from legalhold.holds.services.releasing import TargetNotOnHold
from legalhold.matters.access import MatterUnknown, NotAllowed
from tests.released import cancel


def test_only_a_hold_in_effect_is_released(office):
    drafted, placed = office.draft("Draft"), office.place(office.custodian())
    office.release(placed)

    for hold, state in ((drafted, "draft"), (placed, "released")):
        with pytest.raises(HoldNotInEffect, match=f"is {state}; only one in effect"):
            release_hold(
                hold=hold, approval=None, reading=office.clock.reading(), access=office.access, at=office.clock()
            )

    assert HoldRelease.objects.count() == 1


def test_narrowing_by_somebody_on_another_hold_is_refused(office):
    hold, other = office.place(office.custodian()), office.place(office.custodian(), name="Other")
    named = list(other.targets.all())

    with pytest.raises(TargetNotOnHold, match="not everyone named is on hold 'Smith hold'"):
        release_hold(
            hold=hold, targets=named, approval=None, reading=office.clock.reading(), access=office.access,
            at=office.clock(),
        )  # fmt: skip

    assert (HoldRelease.objects.count(), office.standing_pins()) == (0, 2)


def test_neither_outsider_nor_reader_releases_or_cancels(office, outsider, reader):
    alice = office.custodian()
    office.source(alice, versions=1)
    hold, other = office.place(alice), office.place(alice, name="Other")
    digest = preview_release(hold=hold, access=office.access).digest
    office.release(other)

    for access, refused in ((outsider, MatterUnknown), (reader, NotAllowed)):
        with pytest.raises(refused):
            release_hold(
                hold=hold, approval=Confirmation(digest), reading=office.clock.reading(), access=access,
                at=office.clock(),
            )  # fmt: skip
        with pytest.raises(refused):
            cancel(office, other, access)

    assert list(Hold.objects.order_by("pk").values_list("state", flat=True)) == ["in_effect", "released"]
    assert list(HoldRelease.objects.values_list("state", flat=True)) == ["cooling_off"]


def test_cooling_off_counts_from_the_request(office):
    hold = office.place(office.custodian())
    office.clock.advance(timedelta(days=100))

    release = office.release(hold)

    assert release.began_counted_us == counted.current()
    assert office.wait(days=29) == 0
