"""Letting go: only what was previewed and agreed to, only after the cooling-off, and never by accident."""

from __future__ import annotations

from datetime import timedelta

import pytest

from legalhold.approvals.confirmation import ApprovalNeeded, Confirmation
from legalhold.audit.models import AuditEvent
from legalhold.holds.models import Hold, HoldRelease
from legalhold.holds.queries import Held, HoldUnknown, held_by, pins_of
from legalhold.holds.services import (
    apply_releases,
    effect,
    preview_release,
    release_hold,
    releasing,
)
from legalhold.holds.services.releasing import CoolingOffInvalid
from legalhold.matters.models import Matter
from legalhold.matters.services import HoldsInEffect, close_matter
from tests.released import targets_on


def test_preview_says_what_nothing_else_holds(office):
    alice, bob = office.custodian(), office.custodian()
    mine, shared = office.source(alice, versions=2), office.source(alice, versions=3)
    office.place(sources=[shared], name="Other")
    hold = office.place(alice, bob)

    preview = preview_release(hold=hold, access=office.access)

    assert preview.lets_go == ((str(mine.key), Held(2, 200)),)
    assert preview.total == Held(2, 200)
    assert len(preview.pin_keys) == 2
    assert [target.custodian for target in preview.targets] == [alice, bob]


def test_preview_of_some_targets_is_of_their_pins(office):
    alice, bob = office.custodian(), office.custodian()
    office.source(alice, versions=2)
    theirs = office.source(bob, versions=1)
    hold = office.place(alice, bob)

    preview = preview_release(hold=hold, targets=targets_on(hold, bob), access=office.access)

    assert preview.lets_go == ((str(theirs.key), Held(1, 100)),)
    assert [target.custodian for target in preview.targets] == [bob]


def test_preview_of_a_foreign_hold_is_unknown(office, outsider):
    alice = office.custodian()
    office.source(alice, versions=2)
    hold = office.place(alice)

    with pytest.raises(HoldUnknown):
        preview_release(hold=hold, access=outsider)


@pytest.mark.parametrize("cooling_off", [timedelta(0), timedelta(days=29)])
def test_digest_of_an_ordinary_release_agrees_to_no_shorter_cooling_off(office, cooling_off):
    alice = office.custodian()
    office.source(alice, versions=2)
    hold = office.place(alice)
    ordinary = Confirmation(preview_release(hold=hold, access=office.access).digest)
    given = {"hold": hold, "reading": office.clock.reading(), "access": office.access, "at": office.clock()}

    with pytest.raises(ApprovalNeeded, match="is shorter than 30 days"):
        release_hold(approval=ordinary, cooling_off=cooling_off, **given)
    with pytest.raises(CoolingOffInvalid):
        release_hold(approval=ordinary, cooling_off=timedelta(seconds=-1), **given)

    assert (HoldRelease.objects.count(), office.wait(days=400), office.standing_pins()) == (0, 0, 1)


def test_digest_of_a_narrowing_agrees_to_no_release_of_the_whole(office):
    alice = office.custodian()
    office.source(alice, versions=2)
    hold = office.place(alice)

    whole = preview_release(hold=hold, access=office.access)
    narrowed = preview_release(hold=hold, targets=targets_on(hold, alice), access=office.access)

    assert (whole.pin_keys, whole.lets_go, whole.targets) == (narrowed.pin_keys, narrowed.lets_go, narrowed.targets)
    assert whole.digest != narrowed.digest


def test_release_without_approval_changes_nothing(office):
    alice = office.custodian()
    office.source(alice, versions=2)
    hold = office.place(alice)

    for approval in (None, Confirmation("0" * 64)):
        with pytest.raises(ApprovalNeeded, match=r"Pins that would end: 1; items held by them alone: 2 \(200 bytes\)"):
            release_hold(
                hold=hold, approval=approval, reading=office.clock.reading(), access=office.access, at=office.clock()
            )

    assert Hold.objects.get().state == "in_effect"
    assert HoldRelease.objects.count() == 0
    assert office.wait(days=365) == 0
    assert office.standing_pins() == 1


def test_approval_of_an_older_preview_is_refused(office):
    alice = office.custodian()
    source = office.source(alice, versions=2)
    hold = office.place(alice)
    old = preview_release(hold=hold, access=office.access)
    office.version(source)

    with pytest.raises(ApprovalNeeded, match="no longer the one confirmed"):
        release_hold(
            hold=hold, approval=Confirmation(old.digest), reading=office.clock.reading(), access=office.access,
            at=office.clock(),
        )  # fmt: skip

    assert HoldRelease.objects.count() == 0


def test_mutant_without_approval_releases_unasked(office, monkeypatch):
    monkeypatch.setattr(releasing, "require_approval", lambda **_: None)
    hold = office.place(office.custodian())

    release_hold(hold=hold, approval=None, reading=office.clock.reading(), access=office.access, at=office.clock())

    assert office.wait(days=30) == 1
    assert office.standing_pins() == 0


def test_release_takes_effect_after_its_cooling_off_only(office):
    alice = office.custodian()
    source = office.source(alice, versions=2)
    hold = office.place(alice)

    release = office.release(hold)

    assert (release.state, release.is_whole) == ("cooling_off", True)
    assert Hold.objects.get().state == "released"
    assert office.wait(days=29, hours=23) == 0
    assert held_by(pins=pins_of(hold=hold)) == {source.pk: Held(2, 200)}
    assert Matter.objects.get().holds_in_effect == 1
    assert office.wait(hours=1) == 1
    hold.refresh_from_db()
    assert (hold.state, hold.ended_at) == ("ended", office.clock())
    assert (office.standing_pins(), hold.targets.filter(removed_at=None).count()) == (0, 0)
    assert Matter.objects.get().holds_in_effect == 0
    release.refresh_from_db()
    assert (release.state, release.effective_at) == ("effective", office.clock())
    assert office.wait(days=1) == 0


def test_mutant_that_counts_no_cooling_off_narrows_at_once(office, monkeypatch):
    alice, bob = office.custodian(), office.custodian()
    hold = office.place(alice, bob)
    office.release(hold, targets=targets_on(hold, alice, bob))
    monkeypatch.setattr(effect.counted, "tick", lambda *, reading: 2**62)

    assert office.wait(seconds=0) == 1

    assert office.standing_pins() == 0


def test_reboot_and_a_wall_clock_set_ahead_shorten_nothing(office):
    hold = office.place(office.custodian())
    office.release(hold)
    office.clock.boot_id, office.clock.boottime_us = "boot-2", 0
    office.clock.now += timedelta(days=60)

    assert apply_releases(reading=office.clock.reading(), by="system:tester", at=office.clock()) == 0

    assert office.standing_pins() == 1
    assert office.wait(days=30) == 1


def test_events_and_journal_follow_a_release(office):
    hold = office.place(office.custodian())
    office.release(hold)
    office.wait(days=31)

    verbs = list(AuditEvent.objects.filter(subject_kind="hold").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["hold.drafted", "hold.placed", "hold.released", "hold.ended"]
    assert set(AuditEvent.objects.filter(subject_kind="hold").values_list("matter_key", flat=True)) == {
        office.matter.key
    }


def test_matter_is_not_closed_while_a_release_cools_off(office):
    hold = office.place(office.custodian())
    office.release(hold)

    with pytest.raises(HoldsInEffect):
        close_matter(matter=office.matter, access=office.access, at=office.clock())
    office.wait(days=30)
    close_matter(matter=office.matter, access=office.access, at=office.clock())

    assert Matter.objects.get().closed_at == office.clock()
