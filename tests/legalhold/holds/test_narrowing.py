"""Narrowing is releasing: the difference leaves after its cooling-off, the rest stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from legalhold.approvals.confirmation import ApprovalNeeded
from legalhold.audit.models import AuditEvent
from legalhold.holds.models import Hold
from legalhold.holds.queries import held_by, pins_of
from legalhold.holds.services import (
    Targets,
    add_targets,
    release_hold,
)
from legalhold.matters.models import Matter
from tests.released import cancel, targets_on


def test_narrowing_lets_go_of_its_targets_alone(office):
    alice, bob = office.custodian(), office.custodian()
    mine, theirs = office.source(alice, versions=1), office.source(bob, versions=1)
    hold = office.place(alice, bob)

    release = office.release(hold, targets=targets_on(hold, bob))

    assert (release.is_whole, Hold.objects.get().state) == (False, "in_effect")
    assert set(held_by(pins=pins_of(hold=hold))) == {mine.pk, theirs.pk}
    office.wait(days=30)
    assert set(held_by(pins=pins_of(hold=hold))) == {mine.pk}
    assert list(hold.targets.filter(removed_at=None).values_list("custodian", flat=True)) == [alice.pk]
    assert (Hold.objects.get().state, Matter.objects.get().holds_in_effect) == ("in_effect", 1)
    verbs = AuditEvent.objects.filter(subject_kind="hold").order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["hold.narrowing_requested", "hold.narrowed"]


def test_narrowing_by_group_and_source(office):
    alice, bob = office.custodian(), office.custodian()
    source, theirs = office.source(None, versions=1), office.source(bob, versions=1)
    office.source(alice, versions=1)
    group = office.group(bob)
    hold = office.place(alice, groups=[group], sources=[source])

    office.release(hold, targets=list(hold.targets.filter(custodian=None)))
    office.wait(days=30)

    held = held_by(pins=pins_of(hold=hold))
    assert source.pk not in held
    assert theirs.pk not in held
    assert len(held) == 1


def test_who_was_added_again_leaves_whole(office):
    """Naming either of somebody's two rows takes both with all their pins: none is left that is held by nothing."""
    alice, bob = office.custodian(), office.custodian()
    office.source(alice, versions=1)
    hold = office.place(alice, bob)
    [first] = targets_on(hold, alice)
    office.release(hold, targets=[first])
    office.clock.advance(timedelta(days=1))
    add_targets(
        hold=hold, targets=Targets(custodians=[alice]), archive=office.archive, access=office.access, at=office.clock()
    )
    assert cancel(office, hold) == 1

    office.release(hold, targets=[first])
    office.wait(days=30)

    assert list(hold.targets.filter(removed_at=None).values_list("custodian", flat=True)) == [bob.pk]
    assert list(pins_of(hold=hold).values_list("custodian", flat=True)) == [bob.pk]


def test_narrowing_asks_with_the_names_of_some_and_the_number_of_the_rest(office):
    people = [office.custodian() for _ in range(12)]
    hold = office.place(*people)
    first = "; ".join(person.name for person in people[:10])

    with pytest.raises(ApprovalNeeded) as asked:
        release_hold(
            hold=hold, targets=targets_on(hold, *people), approval=None, reading=office.clock.reading(),
            access=office.access, at=office.clock(),
        )  # fmt: skip

    assert asked.value.text == (
        f"Removing {first}; 2 more from hold {hold.name} of matter {hold.matter.name} would end 12 pins;"
        " 0 items (0 bytes) are held by them alone."
    )
