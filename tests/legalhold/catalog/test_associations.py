"""Whose sources are, who belongs to groups: written under the guard, journaled, and made again from the journal."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction

from legalhold.catalog import associations
from legalhold.catalog.associations import (
    AlreadyEnded,
    SourceAmbiguous,
    SourceNameInvalid,
    SourceUnknown,
    add_member,
    associate,
    create_source,
    end_association,
    end_membership,
    find_source,
)
from legalhold.catalog.models import GroupMember, Source, SourceCustodian, Version
from legalhold.catalog.pins import GuardNotHeld
from legalhold.catalog.replay import HANDLERS
from legalhold.database import gate, guard
from legalhold.journal.models import OutboxEntry


@pytest.fixture
def ann(house):
    return house.custodian()


def journaled() -> list[tuple[str, dict]]:
    return [(entry.verb, json.loads(bytes(entry.payload))) for entry in OutboxEntry.objects.order_by("pk")]


def condemn(version: Version, at) -> None:
    Version.objects.filter(pk=version.pk).update(condemned_at=at, condemned_counted_us=1, destroyable_at=at)


def test_source_is_made_with_its_association(ann, at):
    with guard.exclusive():
        source = create_source(name="Mail", kind="mailbox", custodian=ann, from_at=at, at=at)

    assert SourceCustodian.objects.values_list("source", "custodian", "from_at", "to_at").get() == (
        source.pk,
        ann.pk,
        at,
        None,
    )
    assert [verb for verb, _ in journaled()] == ["source.created", "source.associated"]
    assert find_source(custodian=ann, name="Mail") == source


@pytest.mark.parametrize("act", ["create", "associate", "end", "join", "leave"])
def test_nothing_changes_without_the_guard(house, ann, at, act, monkeypatch):
    """On SQLite any transaction is alone; on PostgreSQL it must hold the guard's lock."""
    source, group = house.source(), house.group()
    row, member = house.associate(source, ann), house.join(group, ann)
    acts = {
        "create": lambda: create_source(name="x", kind="mailbox", custodian=None, from_at=at, at=at),
        "associate": lambda: associate(source=source, custodian=ann, from_at=at, at=at),
        "end": lambda: end_association(association=row, to_at=at, at=at),
        "join": lambda: add_member(group=group, custodian=ann, from_at=at, at=at),
        "leave": lambda: end_membership(membership=member, to_at=at, at=at),
    }
    if connection.vendor != "postgresql":
        monkeypatch.setattr(associations, "guard_is_held", lambda: False)

    with transaction.atomic(), pytest.raises(GuardNotHeld):
        acts[act]()

    assert (Source.objects.count(), SourceCustodian.objects.count(), GroupMember.objects.count()) == (1, 1, 1)
    assert journaled() == []


def test_source_that_becomes_a_held_persons_is_rescued(house, ann, at):
    house.pin("custodian", on=ann)
    theirs, others = house.source(snapshots=2), house.source(snapshots=2)
    version, other = house.version(theirs, 1, 1), house.version(others, 1, 1)
    condemn(version, at)
    condemn(other, at)

    with guard.exclusive():
        associate(source=theirs, custodian=ann, from_at=at, at=at)

    version.refresh_from_db()
    other.refresh_from_db()
    assert (version.condemned_at, version.condemned_counted_us, version.destroyable_at) == (None, None, None)
    assert other.condemned_at == at


def test_source_of_somebody_not_held_stays_condemned(house, ann, at):
    source = house.source(snapshots=2)
    version = house.version(source, 1, 1)
    condemn(version, at)

    with guard.exclusive():
        associate(source=source, custodian=ann, from_at=at, at=at)

    version.refresh_from_db()
    assert version.condemned_at == at


def test_new_member_of_a_held_group_is_rescued(house, ann, at):
    group = house.group()
    house.pin("group", on=group)
    version = house.version(house.source(ann, snapshots=2), 1, 1)
    condemn(version, at)

    with guard.exclusive():
        add_member(group=group, custodian=ann, from_at=at, at=at)

    version.refresh_from_db()
    assert version.condemned_at is None


def test_association_and_membership_end_once(house, ann, at):
    row, member = house.associate(house.source(), ann), house.join(house.group(), ann)
    later = at + timedelta(days=1)

    with guard.exclusive():
        end_association(association=row, to_at=at, at=at)
        end_membership(membership=member, to_at=at, at=at)
        with pytest.raises(AlreadyEnded):
            end_association(association=row, to_at=later, at=at)
        with pytest.raises(AlreadyEnded):
            end_membership(membership=member, to_at=later, at=at)

    assert (SourceCustodian.objects.get().to_at, GroupMember.objects.get().to_at) == (at, at)
    assert [verb for verb, _ in journaled()] == ["source.association_ended", "group.member_ended"]


def test_source_is_found_among_its_custodians_own(house, ann, at):
    mine, ended, nobodys = house.source(ann), house.source(), house.source()
    house.associate(ended, ann, to_at=at)

    assert find_source(custodian=ann, name=mine.name) == mine
    assert find_source(custodian=None, name=nobodys.name) == nobodys
    with pytest.raises(
        SourceUnknown, match=f"no source named '{ended.name}'; there is '{mine.name}'. --create makes it"
    ):
        find_source(custodian=ann, name=ended.name)


def test_two_sources_of_one_name_are_told_by_their_keys(house, ann):
    first, second = house.source(ann), house.source(ann)
    Source.objects.filter(pk=second.pk).update(name=first.name)

    with pytest.raises(SourceAmbiguous, match=f"{first.key}, {second.key}"):
        find_source(custodian=ann, name=first.name)


def test_removed_source_is_not_found(house, ann):
    source = house.source(ann)
    with guard.exclusive(), gate.opened():
        Source.objects.update(state="removing")

    with pytest.raises(SourceUnknown, match="there is none"):
        find_source(custodian=ann, name=source.name)


def test_journal_makes_sources_associations_and_memberships_again(house, ann, at):
    group = house.group()
    with guard.exclusive():
        source = create_source(name="Mail", kind="mailbox", custodian=ann, from_at=at, at=at)
        end_association(association=SourceCustodian.objects.get(), to_at=at + timedelta(days=1), at=at)
        member = add_member(group=group, custodian=ann, from_at=at, at=at)
        end_membership(membership=member, to_at=at + timedelta(days=2), at=at)
    entries = [*journaled(), ("source.removed", {"source": str(source.key)})]
    entries = json.loads(json.dumps(entries).replace(str(source.key), "00000000-0000-0000-0000-000000000007"))
    other = house.group()
    entries = json.loads(json.dumps(entries).replace(str(group.key), str(other.key)))

    for verb, payload in entries:
        HANDLERS[verb](payload, at)

    again = Source.objects.get(key="00000000-0000-0000-0000-000000000007")
    assert (again.name, again.kind, again.state, again.created_at) == ("Mail", "mailbox", "removing", at)
    association = SourceCustodian.objects.get(source=again)
    assert (association.custodian, association.from_at, association.to_at) == (ann, at, at + timedelta(days=1))
    membership = GroupMember.objects.get(group=other)
    assert (membership.custodian, membership.to_at) == (ann, at + timedelta(days=2))


@pytest.mark.parametrize("name", ["", " ", " Mail", "a\nb", "x" * 201, "a\u202eb"])
def test_source_without_a_name_for_one_line_is_refused(ann, at, name):
    with guard.exclusive(), pytest.raises(SourceNameInvalid, match="1 to 200 printable"):
        create_source(name=name, kind="mailbox", custodian=ann, from_at=at, at=at)

    assert (Source.objects.count(), journaled()) == (0, [])
