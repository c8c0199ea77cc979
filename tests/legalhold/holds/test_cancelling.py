"""Taking a release back while it cools off: everything stays, durably."""

from __future__ import annotations

from datetime import timedelta

import pytest

from legalhold.audit.models import AuditEvent
from legalhold.holds.models import Hold
from legalhold.holds.queries import held_by, pins_of
from legalhold.holds.services import (
    apply_releases,
    effect,
    releasing,
)
from legalhold.holds.services.releasing import ReleaseUnknown
from tests.released import cancel, targets_on


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
    monkeypatch.setattr(releasing.journal, "acknowledge", lambda *, archive, done: None)
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
