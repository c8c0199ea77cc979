"""Importing people: who is new, who is known, who can't be told apart; all or nothing."""

from __future__ import annotations

import json

import pytest
from django.db import transaction

from legalhold.audit.models import AuditEvent
from legalhold.custodians.models import Custodian, CustodianAddress, Group
from legalhold.custodians.parsing import CustodiansInvalid, parse_custodians
from legalhold.custodians.queries import CustodianAmbiguous, CustodianUnknown, find_custodian, list_custodians
from legalhold.custodians.replay import HANDLERS
from legalhold.custodians.services import GroupNameTaken, create_custodian, create_group, import_custodians
from legalhold.journal.models import OutboxEntry
from legalhold.matters.access import Access, NotAllowed, system_access

HEADER = "email,name,employee_id,department,addresses\n"
ACCESS = system_access(actor="system:tester")
NOBODY = Access(actor="user:x", permissions=frozenset(), matters=None)


@pytest.fixture
def load(db, at):
    def load(text: str, **said):
        file = parse_custodians(data=(HEADER + text).encode(), file="people.csv")
        result = import_custodians(file=file, at=at, **{"access": ACCESS, **said})
        return result.created, result.updated, result.unchanged

    return load


def people() -> list[tuple]:
    return [
        (person.name, person.employee_id, person.department, sorted(each.address for each in person.addresses.all()))
        for person in list_custodians(access=ACCESS)
    ]


def test_import_makes_people_and_writes_one_event(load):
    counts = load("a@x.org,Ann,E1,Law,a2@x.org\nb@x.org,Bob,,,\n")

    assert counts == (2, 0, 0)
    assert people() == [("Ann", "E1", "Law", ["a2@x.org", "a@x.org"]), ("Bob", None, "", ["b@x.org"])]
    event = AuditEvent.objects.get()
    assert (event.verb, event.subject_key) == ("custodian.imported", "people.csv")


def test_second_import_updates_and_never_takes_away(load):
    load("a@x.org,Ann,E1,Law,a2@x.org\nb@x.org,Bob,E2,Law,\nc@x.org,Cy,,,\n")

    counts = load("new@x.org,Ann B,E1,,\nb@x.org,Bob,E2,,\nc@x.org,Cy,E3,IT,\nd@x.org,Di,,,\n")

    assert counts == (1, 2, 1)
    assert people() == [
        ("Ann B", "E1", "Law", ["a2@x.org", "a@x.org", "new@x.org"]),
        ("Bob", "E2", "Law", ["b@x.org"]),
        ("Cy", "E3", "IT", ["c@x.org"]),
        ("Di", None, "", ["d@x.org"]),
    ]


def test_dry_run_says_the_same_and_writes_nothing(load):
    assert load("a@x.org,Ann,,,\n", is_dry_run=True) == (1, 0, 0)
    assert (Custodian.objects.count(), AuditEvent.objects.count(), OutboxEntry.objects.count()) == (0, 0, 0)


def test_ambiguous_address_names_the_candidates(load):
    load("a@x.org,Ann,E1,,\nb@x.org,Bob,E2,,\n")

    with pytest.raises(CustodiansInvalid) as refused:
        load("z@x.org,Zoe,,,\na@x.org,Someone,,,b@x.org\n")

    [problem] = refused.value.problems
    assert str(problem) == ("row 3, email: its addresses belong to 2 people: Ann (E1), Bob (E2); give an employee id")
    assert Custodian.objects.count() == 2


def test_other_employee_id_than_the_address_has_is_refused(load):
    load("b@x.org,Bob,E2,,\n")

    with pytest.raises(CustodiansInvalid, match=r"row 2, employee_id: 'E9' isn't the employee id of .*Bob \(E2\)"):
        load("b@x.org,Bob,E9,,\n")


def test_one_person_in_two_rows_is_refused(load):
    load("a@x.org,Ann,E1,,\n")

    with pytest.raises(CustodiansInvalid, match="row 3, email: Ann is in row 2 too"):
        load("new@x.org,Ann,E1,,\na@x.org,Ann,,,\n")


def test_who_may_not_is_refused(load):
    with pytest.raises(NotAllowed):
        load("a@x.org,Ann,,,\n", access=NOBODY)
    with pytest.raises(NotAllowed):
        list_custodians(access=NOBODY)

    assert Custodian.objects.count() == 0


def test_thousands_of_people_are_imported_in_batches(load):
    text = "".join(f"p{number}@x.org,Person {number},E{number},,\n" for number in range(5_000))

    told = []

    counts = load(text, progress=lambda done, of: told.append((done, of)))

    assert counts == (5_000, 0, 0)
    assert told == [(done, 5_000) for done in range(500, 5_500, 500)]
    assert OutboxEntry.objects.filter(verb="custodian.imported").count() == 10


@pytest.mark.parametrize("text", ["ANN@x.org ", "E1"])
def test_custodian_is_found_by_address_and_employee_id(load, text):
    load("ann@x.org,Ann,E1,,\nb@x.org,Bob,E2,,\n")

    assert find_custodian(text=text).name == "Ann"
    assert find_custodian(text=str(find_custodian(text=text).key)).name == "Ann"


def test_unknown_custodian_is_told(load):
    with pytest.raises(CustodianUnknown, match="'zoe'"):
        find_custodian(text="zoe")
    with pytest.raises(CustodianUnknown):
        find_custodian(text="00000000-0000-0000-0000-000000000000")


def test_address_of_two_people_names_both(load):
    load("ann@x.org,Ann,E1,,\nb@x.org,Bob,,,\n")
    bob = find_custodian(text="b@x.org")
    CustodianAddress.objects.create(custodian=bob, address="ann@x.org")

    with pytest.raises(CustodianAmbiguous, match=rf"Ann \(E1\), Bob \({bob.key}\)"):
        find_custodian(text="ann@x.org")


def test_merged_custodian_is_found_as_whom_they_are_now(load, at):
    load("ann@x.org,Ann,E1,,\nold@x.org,Ann Old,,,\n")
    Custodian.objects.filter(name="Ann Old").update(merged_into=find_custodian(text="E1"))

    assert find_custodian(text="old@x.org").name == "Ann"
    assert [person.name for person in list_custodians(access=ACCESS)] == ["Ann"]
    assert load("old@x.org,Ann Other,,,\n") == (1, 0, 0)


def test_group_is_made_once(db, at):
    group = create_group(name="Board", access=ACCESS, at=at)

    with pytest.raises(GroupNameTaken, match="'Board'"):
        create_group(name="Board", access=ACCESS, at=at)
    with pytest.raises(NotAllowed):
        create_group(name="Staff", access=NOBODY, at=at)

    assert list(Group.objects.values_list("key", flat=True)) == [group.key]
    assert AuditEvent.objects.get().verb == "group.created"


def test_journal_makes_the_same_people_again(load, at):
    load("a@x.org,Ann,E1,Law,a2@x.org\nb@x.org,Bob,,,\n")
    load("b@x.org,Bobby,E2,,b2@x.org\n")
    with transaction.atomic():
        create_custodian(address="New@x.org", at=at)
    create_group(name="Board", access=ACCESS, at=at)
    before, keys = people(), set(Custodian.objects.values_list("key", flat=True))
    entries = [(entry.verb, json.loads(bytes(entry.payload))) for entry in OutboxEntry.objects.order_by("pk")]
    CustodianAddress.objects.all().delete()
    Custodian.objects.all().delete()
    Group.objects.all().delete()

    for verb, payload in entries:
        HANDLERS[verb](payload, at)

    assert people() == before
    assert set(Custodian.objects.values_list("key", flat=True)) == keys
    assert Group.objects.get().name == "Board"
