"""Whose data a matter is about, and groups by name or key."""

from __future__ import annotations

import json

import pytest
from django.db import transaction

from legalhold.audit.models import AuditEvent
from legalhold.custodians.models import MatterCustodian
from legalhold.custodians.queries import GroupUnknown, custodians_of, find_group
from legalhold.custodians.replay import HANDLERS
from legalhold.custodians.services import add_to_matter, create_custodian, create_group
from legalhold.journal.models import OutboxEntry
from legalhold.matters.access import Access, MatterUnknown, NotAllowed, system_access
from legalhold.matters.models import Matter

ACCESS = system_access(actor="system:tester")
NOBODY = Access(actor="user:x", permissions=frozenset(), matters=None)
ELSEWHERE = Access(actor="user:y", permissions=ACCESS.permissions, matters=frozenset())


@pytest.fixture
def matter(db, at) -> Matter:
    return Matter.objects.create(name="Smith", opened_at=at)


@pytest.fixture
def people(db, at):
    with transaction.atomic():
        return [create_custodian(address=f"{name}@x.org", name=name, at=at) for name in ("bob", "ann")]


def test_custodians_are_added_to_a_matter_once(matter, people, at):
    first = add_to_matter(matter=matter, custodians=people, access=ACCESS, at=at)
    again = add_to_matter(matter=matter, custodians=people, access=ACCESS, at=at)

    assert (first, again) == (people, [])
    assert [person.name for person in custodians_of(matter=matter, access=ACCESS)] == ["ann", "bob"]
    assert AuditEvent.objects.get().verb == "matter.custodians_added"


@pytest.mark.parametrize(("access", "error"), [(NOBODY, NotAllowed), (ELSEWHERE, MatterUnknown)])
def test_who_may_not_neither_adds_nor_sees(matter, people, at, access, error):
    with pytest.raises(error):
        add_to_matter(matter=matter, custodians=people, access=access, at=at)
    with pytest.raises(error):
        custodians_of(matter=matter, access=access)

    assert MatterCustodian.objects.count() == 0


def test_journal_adds_them_again(matter, people, at):
    add_to_matter(matter=matter, custodians=people, access=ACCESS, at=at)
    MatterCustodian.objects.all().delete()
    entry = OutboxEntry.objects.get(verb="matter.custodians_added")

    HANDLERS[entry.verb](json.loads(bytes(entry.payload)), at)

    assert MatterCustodian.objects.filter(matter=matter).count() == 2


def test_group_is_found_by_name_or_key(db, at):
    group = create_group(name="Board", access=ACCESS, at=at)

    assert find_group(text="Board", access=ACCESS) == find_group(text=str(group.key), access=ACCESS) == group
    for text in ("Staff", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(GroupUnknown, match=f"{text}.*there are: Board"):
            find_group(text=text, access=ACCESS)
    with pytest.raises(NotAllowed, match="manage_custodians"):
        find_group(text="Board", access=NOBODY)


def test_rows_say_what_they_are(people, at, db):
    assert str(people[0]) == "bob"
    assert str(create_group(name="Board", access=ACCESS, at=at)) == "Board"
