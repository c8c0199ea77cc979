"""Removing a source: refused while any pin reaches it, asked for by digest, then destroyed like anything else."""

from __future__ import annotations

import json

import pytest

from legalhold.approvals.confirmation import ApprovalNeeded, Confirmation
from legalhold.audit.models import AuditEvent
from legalhold.catalog.destruction import SourceHeld, SourceRemoved, plan_removal, remove_source
from legalhold.catalog.destruction import removal as removing
from legalhold.catalog.models import Source, Version
from legalhold.journal.models import OutboxEntry
from legalhold.matters.access import FOREIGN, NotAllowed
from tests.acting import ACCESS, NOBODY, STRANGER


@pytest.fixture
def remove(archive, clock):
    def run(source, approval=None):
        return remove_source(source=source, archive=archive, approval=approval, access=ACCESS, at=clock())

    return run


def test_source_is_removed_once_agreed_to(house, remove, compact, ids):
    source, other = house.source(snapshots=2), house.source(snapshots=2)
    house.version(source, 1)
    kept = house.version(other, 1)

    with pytest.raises(ApprovalNeeded, match="Removes Mailbox 1: 1 version ") as refusal:
        remove(source)
    assert Source.objects.get(pk=source.pk).state == "active"
    removal = remove(source, Confirmation(refusal.value.digest))

    assert removal.versions == 1
    assert Source.objects.get(pk=source.pk).state == "removing"
    assert [row.verb for row in AuditEvent.objects.all()] == ["source.removed"]
    [entry] = OutboxEntry.objects.filter(verb="source.removed")
    assert json.loads(bytes(entry.payload))["source"] == str(source.key)
    compact()
    assert ids() == [kept.pk]


def test_mutant_without_approval_removes_unasked(house, remove, monkeypatch):
    monkeypatch.setattr(removing, "require_approval", lambda **_: None)
    source = house.source(snapshots=1)

    remove(source)

    assert Source.objects.get(pk=source.pk).state == "removing"


def test_mutant_that_looks_at_no_pin_removes_what_is_held(house, remove, monkeypatch):
    monkeypatch.setattr(removing, "reaches_source", lambda **_: "SELECT id FROM catalog_pin WHERE id < 0")
    source = house.source(snapshots=1)
    house.pin("source", on=source)

    with pytest.raises(ApprovalNeeded):
        remove(source)


@pytest.mark.parametrize("target", ["all", "source", "custodian", "group", "frozen"])
def test_source_is_refused_while_a_pin_reaches_it(house, remove, on_day, target):
    person = house.custodian()
    source = house.source(person, snapshots=2)
    version = house.version(source, 1, 1)
    on = {"source": source, "custodian": person, "group": house.group(person)}.get(target)
    narrow = {"kinds": 1 << 2, "dated_from": on_day(200), "dated_to": on_day(201)}
    pin = house.freeze(version) if target == "frozen" else house.pin(target, **narrow, **({"on": on} if on else {}))

    with pytest.raises(SourceHeld, match=pin.label) as refusal:
        remove(source, Confirmation("0" * 64))

    assert str(refusal.value) == f"{source.name} can't be removed: it is held by {pin.label}; release that first"
    assert Source.objects.get().state == "active"
    assert Version.objects.count() == 1


def test_removal_needs_its_permission_and_names_no_hold_of_a_foreign_matter(house, archive, clock):
    source = house.source(snapshots=1)
    version = house.version(source, 1)
    pin = house.pin("source", on=source, matter=house.matter())
    given = {"source": source, "archive": archive, "approval": Confirmation("0" * 64), "at": clock()}

    with pytest.raises(NotAllowed, match="remove_sources"):
        plan_removal(source=source, access=NOBODY)
    with pytest.raises(NotAllowed, match="remove_sources"):
        remove_source(access=NOBODY, **given)
    with pytest.raises(SourceHeld) as refusal:
        remove_source(access=STRANGER, **given)

    assert pin.label not in str(refusal.value)
    assert f"held by {FOREIGN}; release" in str(refusal.value)
    assert (Source.objects.get().state, Version.objects.get().pk) == ("active", version.pk)


def test_removal_agreed_to_before_something_was_captured_is_asked_again(house, remove):
    source = house.source(snapshots=1)
    agreed = Confirmation(plan_removal(source=source, access=ACCESS).digest)
    house.version(source, 1)

    with pytest.raises(ApprovalNeeded, match="no longer the one confirmed"):
        remove(source, agreed)

    assert Source.objects.get().state == "active"


def test_removed_source_is_not_removed_again(house, remove):
    source = house.source(snapshots=1)
    remove(source, Confirmation(plan_removal(source=source, access=ACCESS).digest))

    with pytest.raises(SourceRemoved):
        remove(source)
