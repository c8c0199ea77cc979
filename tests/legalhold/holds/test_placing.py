"""Placing and widening: in force at commit, durable before anybody is told, and nothing half done."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from legalhold.archive import failpoints
from legalhold.audit.models import AuditEvent
from legalhold.catalog.associations import associate
from legalhold.catalog.models import Pin, Version
from legalhold.database import guard
from legalhold.formats import ItemKind
from legalhold.holds.models import Hold, HoldTarget
from legalhold.holds.queries import coverage, held_by, pins_of
from legalhold.holds.services import ScopeSpec, Targets, add_targets, place_hold, placing
from legalhold.holds.services.placing import HoldNotInDraft, HoldNotInEffect, HoldWithoutTargets
from legalhold.journal import services as journal
from legalhold.journal.errors import JournalFrozen
from legalhold.journal.models import OutboxEntry
from legalhold.matters.access import MatterUnknown, NotAllowed
from legalhold.matters.models import Matter
from legalhold.matters.services import MatterClosed, close_matter
from tests.mutating import mutate


@pytest.fixture(autouse=True)
def _disarmed():
    yield
    failpoints.disarm()


def widen(office, hold, *custodians, **also):
    targets = Targets(custodians=custodians, **also)
    return add_targets(hold=hold, targets=targets, archive=office.archive, access=office.access, at=office.clock())


def test_hold_pins_each_target_with_each_scope(office, at):
    person, source = office.custodian(), office.source(None)
    group = office.group(office.custodian())
    scopes = [ScopeSpec(kinds=frozenset({ItemKind.CHAT})), ScopeSpec(dated_from=at)]

    hold = office.place(person, groups=[group], sources=[source], scopes=scopes, reason="why")

    pins = Pin.objects.order_by("pk").values_list("target", "custodian", "group", "source", "kinds", "dated_from")
    on = [("custodian", person.pk, None, None), ("group", None, group.pk, None), ("source", None, None, source.pk)]
    assert list(pins) == [(*one, 64, None) for one in on] + [(*one, 0, at) for one in on]
    assert set(Pin.objects.values_list("label", "reason", "owner", "matter")) == {
        ("Smith hold", "why", f"hold:{hold.key}", office.matter.pk)
    }
    assert (hold.state, hold.placed_at) == ("in_effect", at)
    assert Matter.objects.get().holds_in_effect == 1


def test_placed_hold_is_durable_when_it_returns(office):
    person = office.custodian()

    hold = office.place(person)

    told = dict(office.journal())
    assert office.verbs()[-3:] == ["hold.placed", "pin.placed", "hold.targets_added"]
    assert told["hold.placed"]["key"] == str(hold.key)
    assert [pin["on"] for pin in told["pin.placed"]["pins"]] == [str(person.key)]
    assert not OutboxEntry.objects.filter(sequence=None).exists()


def test_mutant_that_returns_before_the_flush_leaves_the_journal_without_the_hold(office, monkeypatch):
    monkeypatch.setattr(placing.journal, "acknowledge", lambda *, archive, done: None)

    office.place(office.custodian())

    assert "hold.placed" not in office.verbs()
    assert "pin.placed" not in office.verbs()


def test_widening_is_durable_when_it_returns(office):
    hold, newcomer = office.place(office.custodian()), office.custodian()

    placed = widen(office, hold, newcomer)

    assert office.verbs()[-2:] == ["pin.placed", "hold.targets_added"]
    assert office.journal()[-1][1]["targets"][0]["custodian"] == str(newcomer.key)
    assert placed.pins == 1


def test_crash_before_the_object_holds_already_and_is_told_later(office):
    class Crash(Exception):
        pass

    def gone() -> None:
        raise Crash

    hold = office.draft()
    failpoints.arm(name="journal.before_object", action=gone)

    with pytest.raises(Crash):
        office.place(office.custodian(), hold=hold)
    failpoints.disarm()

    assert office.standing_pins() == 1
    assert Hold.objects.get().state == "in_effect"
    journal.flush(archive=office.archive)
    assert office.verbs()[-1] == "hold.targets_added"


def test_frozen_journal_refuses_to_place(office):
    hold = office.draft()
    journal.freeze(because="a person must look")

    with pytest.raises(JournalFrozen, match="a person must look"):
        office.place(office.custodian(), hold=hold)

    assert Hold.objects.get().state == "draft"
    assert (office.standing_pins(), HoldTarget.objects.count()) == (0, 0)


def test_event_says_whom_and_how_many(office, at):
    person = office.custodian()
    source = office.source(person)
    office.version(source, condemned_at=at, condemned_counted_us=0)
    hold = office.draft()

    placed = place_hold(
        hold=hold, targets=Targets(custodians=[person]), archive=office.archive, access=office.access, at=at
    )

    event = AuditEvent.objects.get(verb="hold.placed")
    body = json.loads(bytes(event.body))["body"]
    assert body == {
        "name": "Smith hold", "epoch": placed.epoch, "custodians": [str(person.key)], "groups": [], "sources": [],
        "pins": 1, "rescued": 1,
    }  # fmt: skip
    assert (placed.pins, placed.rescued) == (1, 1)
    assert Version.objects.get().condemned_at is None


def test_only_a_draft_is_placed(office):
    hold = office.place(office.custodian())

    with pytest.raises(HoldNotInDraft, match="is in effect; only a draft"):
        office.place(office.custodian(), hold=hold)

    assert (office.standing_pins(), Matter.objects.get().holds_in_effect) == (1, 1)


def test_hold_on_nobody_is_refused(office):
    with pytest.raises(HoldWithoutTargets, match="would protect nothing"):
        office.place()

    assert Hold.objects.get().state == "draft"


def test_draft_is_not_widened(office):
    with pytest.raises(HoldNotInEffect, match="is draft; place it first"):
        widen(office, office.draft(), office.custodian())


def test_mutant_that_counts_no_hold_lets_its_matter_be_closed(office, at, monkeypatch):
    mutate(monkeypatch, placing.place_hold, 'F("holds_in_effect") + 1', 'F("holds_in_effect")')
    office.place(office.custodian())

    close_matter(matter=office.matter, access=office.access, at=at)

    assert Matter.objects.get().closed_at == at


def test_closed_matter_takes_no_hold(office, at):
    hold = office.draft()
    close_matter(matter=office.matter, access=office.access, at=at)

    with pytest.raises(MatterClosed, match="only in an open matter"):
        office.place(office.custodian(), hold=hold)

    assert office.standing_pins() == 0


def test_neither_outsider_nor_reader_places_or_widens(office, outsider, reader):
    drafted, person = office.draft("Other"), office.custodian()
    placed = office.place(person)
    source = office.source(person, versions=1)
    targets = {"targets": Targets(sources=[source]), "archive": office.archive, "at": office.clock()}

    for access, refused in ((outsider, MatterUnknown), (reader, NotAllowed)):
        with pytest.raises(refused):
            place_hold(hold=drafted, access=access, **targets)
        with pytest.raises(refused):
            add_targets(hold=placed, access=access, **targets)

    assert office.standing_pins() == 1
    assert Hold.objects.get(name="Other").state == "draft"


def test_widening_leaves_who_is_on_it_as_they_are(office):
    person, newcomer = office.custodian(), office.custodian()
    source, group = office.source(None), office.group(office.custodian())
    hold = office.place(person, groups=[group], sources=[source])

    placed = widen(office, hold, person, newcomer, newcomer, groups=[group], sources=[source])

    assert placed.pins == 1
    assert hold.targets.count() == 4
    assert AuditEvent.objects.filter(verb="hold.widened").count() == 1


def test_widening_by_nobody_new_pins_nothing_and_journals_nothing(office):
    person = office.custodian()
    hold = office.place(person)
    before = office.verbs()

    assert widen(office, hold, person).pins == 0

    assert office.verbs() == before


def test_source_that_comes_later_is_held_from_its_commit(office):
    person, other = office.custodian(), office.custodian()
    hold = office.place(person, groups=[office.group(other)])

    mine, theirs = office.source(person, versions=2), office.source(other, versions=3)
    shared = office.source(None, versions=5)
    with guard.exclusive():
        associate(source=shared, custodian=other, from_at=office.clock(), at=office.clock())

    held = held_by(pins=pins_of(hold=hold))
    assert {pk: row.items for pk, row in held.items()} == {mine.pk: 2, theirs.pk: 3, shared.pk: 5}


def test_added_again_while_a_removal_cools_off_stays_held(office):
    person = office.custodian()
    source = office.source(person, versions=1)
    hold = office.place(person, office.custodian())
    office.release(hold, targets=list(hold.targets.filter(custodian=person)))
    office.clock.advance(timedelta(days=1))

    again = widen(office, hold, person)

    assert again.pins == 1
    assert office.wait(days=40) == 1
    assert {pk: row.items for pk, row in held_by(pins=pins_of(hold=hold)).items()} == {source.pk: 1}
    assert [row.custodian for row in coverage(hold=hold, at=office.clock(), access=office.access)].count(person) == 1


def test_mutant_that_takes_the_leaving_for_present_loses_them(office, monkeypatch):
    monkeypatch.setattr(placing, "pending_releases", lambda *, hold: hold.releases.none())
    person = office.custodian()
    office.source(person, versions=1)
    hold = office.place(person, office.custodian())
    office.release(hold, targets=list(hold.targets.filter(custodian=person)))

    again = widen(office, hold, person)

    assert again.pins == 0
    office.wait(days=40)
    assert held_by(pins=pins_of(hold=hold)) == {}


def test_hold_is_not_widened_by_nobody(office):
    hold = office.place(office.custodian())

    with pytest.raises(HoldWithoutTargets, match="name whom to add to hold"):
        widen(office, hold)

    assert AuditEvent.objects.filter(verb="hold.widened").count() == 0
