"""What the journal has of holds brings the very rows back, whatever became of them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from legalhold.database import counted
from legalhold.database.fields import from_micros
from legalhold.holds.models import Hold, HoldRelease, HoldScope, HoldTarget
from legalhold.holds.replay import HANDLERS
from legalhold.holds.services import ScopeSpec, Targets, add_targets, cancel_release
from legalhold.journal import services as journal
from legalhold.matters.models import Matter

HOLD = ["key", "matter", "name", "hold_type", "reason", "state", "drafted_at", "placed_at", "released_at", "ended_at"]
SCOPE = ["hold__key", "kinds", "dated_from", "dated_to"]
TARGET = ["hold__key", "custodian", "group", "source", "added_at", "removed_at"]
RELEASE = [
    "key",
    "hold__key",
    "is_whole",
    "pin_keys",
    "preview_digest",
    "preview",
    "state",
    "requested_by",
    "requested_at",
    "cooling_off_us",
    "cancelled_at",
    "effective_at",
]


def rows() -> list[list[tuple]]:
    found = [
        list(model.objects.order_by("pk").values_list(*columns))
        for model, columns in ((Hold, HOLD), (HoldScope, SCOPE), (HoldTarget, TARGET), (HoldRelease, RELEASE))
    ]
    named = [
        (release.key, sorted(HoldTarget.objects.filter(pk__in=release.target_ids).values_list(*TARGET), key=str))
        for release in HoldRelease.objects.order_by("pk")
    ]
    return [*found, named, list(Matter.objects.values_list("key", "holds_in_effect"))]


def forget() -> None:
    for model in (HoldRelease, HoldTarget, HoldScope, Hold):
        model.objects.all().delete()
    Matter.objects.update(holds_in_effect=0)


def replay(office) -> None:
    for _, entries in office.archive.journal.verify():
        for entry in entries:
            if entry.verb in HANDLERS:
                HANDLERS[entry.verb](json.loads(entry.payload), from_micros(entry.at))


@pytest.fixture
def replayed(office):
    """The rows before and after they were forgotten and replayed."""

    def run():
        journal.flush(archive=office.archive)
        before = rows()
        forget()
        replay(office)
        return before, rows()

    return run


def test_draft_and_placed_hold_come_back(office, replayed, at):
    office.draft("Draft", scopes=[ScopeSpec(dated_from=at), ScopeSpec(dated_to=at)])
    alice = office.custodian()
    office.place(alice, groups=[office.group(alice)], sources=[office.source(None)], reason="why")

    before, after = replayed()

    assert after == before
    assert [len(table) for table in after] == [2, 3, 3, 0, 0, 1]
    assert after[-1] == [(office.matter.key, 1)]


def test_release_cooling_off_comes_back_and_counts_anew(office, replayed):
    hold = office.place(office.custodian())
    office.release(hold)
    office.clock.advance(timedelta(days=29))
    counted.tick(reading=office.clock.reading())

    before, after = replayed()

    assert after == before
    release = HoldRelease.objects.get()
    assert (release.state, release.began_counted_us) == ("cooling_off", counted.current())
    assert office.wait(days=29) == 0
    assert office.wait(days=1) == 1


@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize("end", ["effective", "cancelled"])
def test_ended_release_comes_back(office, replayed, is_whole, end):
    alice, bob = office.custodian(), office.custodian()
    hold = office.place(alice, bob)
    office.release(hold, targets=None if is_whole else list(hold.targets.filter(custodian=bob)))
    if end == "effective":
        office.wait(days=30)
    else:
        cancel_release(hold=hold, archive=office.archive, access=office.access, at=office.clock())

    before, after = replayed()

    assert after == before
    assert HoldRelease.objects.get().state == end
    left = {("effective", True): 0, ("effective", False): 1}.get((end, is_whole), 2)
    assert HoldTarget.objects.filter(removed_at=None).count() == left


def test_somebody_added_again_while_leaving_comes_back_as_two_rows(office, replayed):
    """Two rows name the same person; the release is of the first, and later ones of both."""
    alice = office.custodian()
    hold = office.place(alice, office.custodian())
    office.release(hold, targets=list(hold.targets.filter(custodian=alice)))
    office.clock.advance(timedelta(days=1))
    add_targets(
        hold=hold, targets=Targets(custodians=[alice]), archive=office.archive, access=office.access, at=office.clock()
    )
    office.clock.advance(timedelta(days=1))
    office.release(hold, targets=list(hold.targets.filter(custodian=alice)))
    office.wait(days=28)

    before, after = replayed()

    assert after == before
    assert [release.target_ids for release in HoldRelease.objects.order_by("pk")] == [
        [row.pk for row in HoldTarget.objects.filter(custodian=alice).order_by("pk")[:count]] for count in (1, 2)
    ]
    assert office.wait(days=30) == 1
    assert HoldTarget.objects.filter(removed_at=None).exclude(custodian=alice).count() == 1
    assert not HoldTarget.objects.filter(removed_at=None, custodian=alice).exists()


def test_both_releases_in_effect_come_back_with_their_own_days(office, replayed):
    alice = office.custodian()
    hold = office.place(alice, office.custodian())
    office.release(hold, targets=list(hold.targets.filter(custodian=alice)))
    office.clock.advance(timedelta(days=1))
    add_targets(
        hold=hold, targets=Targets(custodians=[alice]), archive=office.archive, access=office.access, at=office.clock()
    )
    office.release(hold, targets=list(hold.targets.filter(custodian=alice)))
    office.wait(days=29)
    office.wait(days=1)

    before, after = replayed()

    assert after == before
    assert HoldTarget.objects.filter(custodian=alice).values("removed_at").distinct().count() == 2
