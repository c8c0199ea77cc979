"""Letting go: only what was previewed and agreed to, only after the cooling-off, and never by accident."""

from __future__ import annotations

from datetime import timedelta

import pytest

from legalhold.approvals.confirmation import ApprovalNeeded, Confirmation
from legalhold.audit.models import AuditEvent
from legalhold.database import counted
from legalhold.holds.models import Hold, HoldRelease
from legalhold.holds.queries import Held, HoldUnknown, held_by, pins_of
from legalhold.holds.services import (
    Targets,
    add_targets,
    apply_releases,
    cancel_release,
    effect,
    preview_release,
    release_hold,
    releasing,
)
from legalhold.holds.services.placing import HoldNotInEffect
from legalhold.holds.services.releasing import CoolingOffInvalid, ReleaseUnknown, TargetNotOnHold
from legalhold.matters.access import MatterUnknown, NotAllowed
from legalhold.matters.models import Matter
from legalhold.matters.services import HoldsInEffect, close_matter


def cancel(office, hold, access=None) -> int:
    return cancel_release(hold=hold, archive=office.archive, access=access or office.access, at=office.clock())


def targets_on(hold, *custodians):
    return list(hold.targets.filter(custodian__in=custodians, removed_at=None))


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
        with pytest.raises(ApprovalNeeded, match="1 pins would end; 2 items, 200 bytes"):
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


def test_cancelling_keeps_everything_and_is_durable(office):
    alice = office.custodian()
    source = office.source(alice, versions=1)
    hold = office.place(alice)
    release = office.release(hold)

    assert cancel(office, hold) == 1

    assert office.wait(days=365) == 0
    hold.refresh_from_db()
    release.refresh_from_db()
    assert (hold.state, hold.released_at, release.state) == ("in_effect", None, "cancelled")
    assert set(held_by(pins=pins_of(hold=hold))) == {source.pk}
    assert [payload["state"] for verb, payload in office.journal() if verb == "hold.release_changed"] == [
        "cooling_off", "cancelled"
    ]  # fmt: skip
    assert AuditEvent.objects.filter(verb="hold.release_cancelled").count() == 1


def test_mutant_that_cancels_without_flush_is_forgotten_by_the_journal(office, monkeypatch):
    hold = office.place(office.custodian())
    monkeypatch.setattr(releasing.journal, "flush", lambda *, archive: 0)
    office.release(hold)

    cancel(office, hold)

    assert "cancelled" not in [payload.get("state") for _, payload in office.journal()]


def test_cancelling_a_narrowing_leaves_the_hold_in_effect(office):
    alice, bob = office.custodian(), office.custodian()
    hold = office.place(alice, bob)
    office.release(hold, targets=targets_on(hold, bob))

    assert cancel(office, hold) == 1

    assert (Hold.objects.get().state, office.wait(days=60), office.standing_pins()) == ("in_effect", 0, 2)


def test_nothing_to_cancel_is_said(office):
    hold = office.place(office.custodian())

    with pytest.raises(ReleaseUnknown, match="'Smith hold' has no release"):
        cancel(office, hold)


def test_release_cancelled_after_it_was_looked_up_has_no_effect(office, monkeypatch):
    hold = office.place(office.custodian())
    release = office.release(hold)
    office.clock.advance(timedelta(days=30))
    look_up = effect.counted.tick

    def tick_then_cancel(*, reading):
        counted_us = look_up(reading=reading)
        monkeypatch.setattr(effect, "_apply", cancel_then_apply)
        return counted_us

    apply = effect._apply

    def cancel_then_apply(release_id, *, by, at):
        cancel(office, hold)
        return apply(release_id, by=by, at=at)

    monkeypatch.setattr(effect.counted, "tick", tick_then_cancel)

    assert apply_releases(reading=office.clock.reading(), by="system:tester", at=office.clock()) == 0

    release.refresh_from_db()
    assert (release.state, office.standing_pins()) == ("cancelled", 1)


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
