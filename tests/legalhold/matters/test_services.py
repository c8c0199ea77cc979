"""Opening and closing matters, each with its audit event and journal entry, all or nothing."""

from __future__ import annotations

import json

import pytest
from django.db import IntegrityError, transaction

from legalhold.accounts.models import Role
from legalhold.audit.models import AuditEvent
from legalhold.database.fields import to_micros
from legalhold.journal.models import OutboxEntry
from legalhold.matters import services
from legalhold.matters.access import Access, MatterUnknown, NotAllowed, access_of
from legalhold.matters.models import Matter, MatterMember
from legalhold.matters.replay import HANDLERS
from legalhold.matters.rules import MatterInvalid
from legalhold.matters.services import (
    AlreadyMember,
    HoldsInEffect,
    MatterClosed,
    MatterNameTaken,
    add_member,
    close_matter,
    create_matter,
)


def recorded():
    return [(entry.verb, json.loads(bytes(entry.payload))) for entry in OutboxEntry.objects.order_by("pk")]


def events():
    return list(
        AuditEvent.objects.order_by("pk").values_list("verb", "actor", "subject_kind", "subject_key", "matter_key")
    )


def counts():
    return Matter.objects.count(), OutboxEntry.objects.count(), AuditEvent.objects.count()


def test_created_matter_is_written_down(matter, at):
    key = str(matter.key)

    assert (matter.name, matter.reference, matter.zone, matter.opened_at) == (
        "Adams v. Brown",
        "2026-17",
        "Europe/Berlin",
        at,
    )
    assert recorded() == [
        ("matter.created", {"key": key, "name": "Adams v. Brown", "reference": "2026-17", "zone": "Europe/Berlin"})
    ]
    assert events() == [("matter.created", "system:tester", "matter", key, matter.key)]
    assert str(matter) == "Adams v. Brown"


def test_second_matter_of_a_name_is_refused(matter, system, at):
    with pytest.raises(MatterNameTaken, match=r"Adams v\. Brown"):
        create_matter(name="Adams v. Brown", access=system, at=at)

    assert counts() == (1, 1, 1)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": ""}, "name is ''"),
        ({"name": " a"}, "without space"),
        ({"name": "a\nb"}, "printable"),
        ({"name": "a" * 201}, "201 characters"),
        ({"reference": "a" * 101}, "reference"),
        ({"reference": "\x00"}, "reference"),
        ({"zone": "Europe"}, "Europe/Berlin"),
        ({"zone": "../x"}, "Europe/Berlin"),
        ({"zone": "Mars/Olympus"}, "Europe/Berlin"),
    ],
)
def test_matter_that_cannot_be_is_refused_by_field(db, system, at, fields, says):
    with pytest.raises(MatterInvalid, match=says):
        create_matter(**{"name": "A", "access": system, "at": at, **fields})

    assert counts() == (0, 0, 0)


def test_closed_matter_is_written_down(matter, system, at):
    closed = close_matter(matter=matter, access=system, at=at)

    assert closed.closed_at == Matter.objects.get().closed_at == at
    assert recorded()[1:] == [("matter.closed", {"key": str(matter.key)})]
    assert events()[1:] == [("matter.closed", "system:tester", "matter", str(matter.key), matter.key)]


def test_matter_with_holds_in_effect_stays_open(matter, system, at):
    Matter.objects.update(holds_in_effect=2)

    with pytest.raises(HoldsInEffect, match="2 holds in effect; release what holds first"):
        close_matter(matter=matter, access=system, at=at)

    assert Matter.objects.get().closed_at is None
    assert counts() == (1, 1, 1)


def test_refusal_to_close_counts_one_hold_as_one(matter, system, at):
    Matter.objects.update(holds_in_effect=1)

    with pytest.raises(HoldsInEffect, match="has 1 hold in effect; release what holds first"):
        close_matter(matter=matter, access=system, at=at)


def test_matter_with_holds_in_effect_is_kept_open_by_the_database_too(matter, at):
    Matter.objects.update(holds_in_effect=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        Matter.objects.update(closed_at=at)

    assert Matter.objects.get().closed_at is None


def test_mutant_that_looks_at_no_hold_is_stopped_by_the_database(matter, system, at, monkeypatch):
    monkeypatch.setattr(services, "_require_closable", lambda _matter: None)
    Matter.objects.update(holds_in_effect=1)

    with pytest.raises(IntegrityError):
        close_matter(matter=matter, access=system, at=at)

    assert Matter.objects.get().closed_at is None


def test_closed_matter_is_not_closed_again(matter, system, at):
    close_matter(matter=matter, access=system, at=at)

    with pytest.raises(MatterClosed, match="2026-03-02"):
        close_matter(matter=matter, access=system, at=at)

    assert counts() == (1, 2, 2)


def test_added_member_is_written_down_and_reaches_the_matter(matter, foreign, system, person, at):
    alice = person("legal_admin")

    member = add_member(matter=matter, user=alice, access=system, at=at)

    assert access_of(user=alice).matters == {matter.key}
    assert recorded()[-1] == (
        "matter.member_added",
        {
            "key": str(matter.key),
            "user": {"key": str(alice.key), "email": "alice@example.org", "name": "Alice", "role": "legal_admin"},
        },
    )
    assert events()[-1][:2] == ("matter.member_added", "system:tester")
    assert str(member).endswith("on Adams v. Brown")


def test_member_is_not_added_twice(matter, system, person, at):
    alice = person("legal_admin")
    add_member(matter=matter, user=alice, access=system, at=at)

    with pytest.raises(AlreadyMember, match=r"alice@example\.org"):
        add_member(matter=matter, user=alice, access=system, at=at)

    assert MatterMember.objects.count() == 1


@pytest.mark.parametrize("role", [role for role in Role if role != Role.LEGAL_ADMIN])
def test_other_roles_change_nothing(matter, system, person, at, role):
    someone = person(role)
    add_member(matter=matter, user=someone, access=system, at=at)
    access = access_of(user=someone)
    before = counts()

    for act in (
        lambda: create_matter(name="B", access=access, at=at),
        lambda: close_matter(matter=matter, access=access, at=at),
        lambda: add_member(matter=matter, user=person("counsel", name="bob"), access=access, at=at),
    ):
        with pytest.raises(NotAllowed, match=r"alice@example\.org lacks the permission manage_matters"):
            act()

    assert counts() == before
    assert Matter.objects.get().closed_at is None


def test_foreign_matter_is_changed_by_nobody_and_looks_unknown(matter, foreign, system, person, at):
    alice = person("legal_admin")
    add_member(matter=matter, user=alice, access=system, at=at)
    access = access_of(user=alice)
    before = counts()

    with pytest.raises(MatterUnknown, match=str(foreign.key)):
        close_matter(matter=foreign, access=access, at=at)
    with pytest.raises(MatterUnknown):
        add_member(matter=foreign, user=alice, access=access, at=at)

    assert counts() == before


def test_inactive_account_may_do_nothing(matter, system, person, at):
    alice = person("legal_admin", is_active=False)
    add_member(matter=matter, user=alice, access=system, at=at)

    assert access_of(user=alice) == Access(actor="user:alice@example.org", permissions=frozenset(), matters=frozenset())


def test_replayed_journal_gives_the_same_matters_and_members(matter, foreign, system, person, at):
    alice = person("legal_admin")
    add_member(matter=matter, user=alice, access=system, at=at)
    close_matter(matter=foreign, access=system, at=at)
    entries = [
        (entry.verb, json.loads(bytes(entry.payload)), entry.recorded_at)
        for entry in OutboxEntry.objects.order_by("pk")
    ]
    before = state()
    MatterMember.objects.all().delete()
    Matter.objects.all().delete()
    alice.delete()

    for verb, payload, recorded_at in entries:
        HANDLERS[verb](payload, recorded_at)

    assert state() == before


def state():
    matters = Matter.objects.order_by("name").values_list("key", "name", "reference", "zone", "opened_at", "closed_at")
    members = MatterMember.objects.values_list("matter__key", "user__key", "user__email", "user__role", "joined_at")
    return list(matters), list(members), [to_micros(matter[4]) for matter in matters]
