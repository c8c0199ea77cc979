"""What a hold reaches and what it doesn't, for those only who may see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from legalhold.accounts.roles import PERMISSIONS, Role
from legalhold.catalog.associations import end_association, end_membership
from legalhold.catalog.models import GroupMember, Snapshot, SourceCustodian
from legalhold.database import guard
from legalhold.holds.queries import Held, HoldUnknown, coverage, find_hold, held_by, held_only_by, hold_table, pins_of
from legalhold.matters.access import Access, NotAllowed
from legalhold.matters.services import create_matter


def covered(office, hold):
    rows = coverage(hold=hold, at=office.clock(), access=office.access)
    return [(row.custodian and row.custodian.name, row.source and row.source.name, row.gap, row.held) for row in rows]


def test_coverage_names_every_gap(office, at):
    alice, bob, carol = (office.custodian(name) for name in ("Alice", "Bob", "Carol"))
    office.source(alice, name="Fresh", snapshots=2, versions=3)
    late = office.source(bob, name="Late", snapshots=1)
    late.capture_due_at = at - timedelta(hours=1)
    late.save()
    office.source(bob, name="New")
    due = office.source(None, name="Shared", snapshots=1)
    due.capture_due_at = at + timedelta(hours=1)
    due.save()

    hold = office.place(alice, bob, carol, sources=[due])

    assert covered(office, hold) == [
        (None, "Shared", "", Held(0, 0)),
        ("Alice", "Fresh", "", Held(3, 300)),
        ("Bob", "Late", "capture overdue", Held(0, 0)),
        ("Bob", "New", "never captured", Held(0, 0)),
        ("Carol", None, "no source", Held(0, 0)),
    ]


def test_coverage_spans_first_to_last_finished_capture(office):
    alice = office.custodian()
    source = office.source(alice, snapshots=2)
    Snapshot.objects.create(source=source, sequence=3, taken_at=office.clock())

    [row] = coverage(hold=office.place(alice), at=office.clock(), access=office.access)

    taken = Snapshot.objects.filter(source=source).order_by("sequence").values_list("taken_at", flat=True)
    assert (row.first_taken_at, row.last_taken_at) == (taken[0], taken[1])


def test_coverage_reaches_what_was_ever_theirs(office, at):
    alice, bob = office.custodian("Alice"), office.custodian("Bob")
    office.source(alice, name="Former", versions=1)
    office.source(bob, name="Left", versions=1)
    group = office.group(bob)
    with guard.exclusive():
        former = SourceCustodian.objects.get(custodian=alice)
        end_association(association=former, to_at=at, at=at)
        end_membership(membership=GroupMember.objects.get(), to_at=at, at=at)

    hold = office.place(alice, groups=[group])

    assert [(who, what, held.items) for who, what, _, held in covered(office, hold)] == [
        ("Alice", "Former", 1), ("Bob", "Left", 1)
    ]  # fmt: skip


def test_coverage_of_a_foreign_hold_is_unknown(office, outsider):
    alice = office.custodian()
    office.source(alice, versions=1)
    hold = office.place(alice)

    with pytest.raises(HoldUnknown, match=str(hold.key)):
        coverage(hold=hold, at=office.clock(), access=outsider)


def test_held_only_by_leaves_out_what_another_pin_holds(office):
    alice = office.custodian()
    mine, shared = office.source(alice, versions=2), office.source(alice, versions=1)
    hold, other = office.place(alice), office.place(sources=[shared], name="Other")

    assert held_by(pins=pins_of(hold=hold)) == {mine.pk: Held(2, 200), shared.pk: Held(1, 100)}
    assert held_only_by(pins=pins_of(hold=hold)) == {mine.pk: Held(2, 200)}
    assert held_only_by(pins=pins_of(hold=other)) == {}
    assert held_by(pins=pins_of(hold=other).none()) == {}


def test_hold_is_found_by_key_and_by_name(office, at):
    hold = office.draft()

    assert find_hold(text=str(hold.key), access=office.access) == hold
    assert find_hold(text="Smith hold", access=office.access) == hold
    for text in ("Smith", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(HoldUnknown, match=f"no hold has the key or name {text!r}"):
            find_hold(text=text, access=office.access)


def test_name_that_two_matters_use_is_ambiguous_only_to_who_sees_both(office, at):
    other = create_matter(name="Other", access=office.access, at=at)
    hold, _ = office.draft(), office.draft(matter=other)
    member = Access("user:member", PERMISSIONS[Role.LEGAL_ADMIN], frozenset({office.matter.key}))

    with pytest.raises(
        HoldUnknown,
        match=rf"2 matters have a hold named 'Smith hold'; give the key of one: Other: .*; Smith v. Jones: {hold.key}$",
    ):
        find_hold(text="Smith hold", access=office.access)
    assert find_hold(text="Smith hold", access=member) == hold


def test_outsider_finds_and_lists_nothing(office, outsider):
    hold = office.draft()

    for text in (str(hold.key), "Smith hold"):
        with pytest.raises(HoldUnknown):
            find_hold(text=text, access=outsider)
    assert hold_table(access=outsider) == []
    with pytest.raises(NotAllowed):
        hold_table(access=Access("user:custodian", PERMISSIONS[Role.CUSTODIAN], None))


def test_table_has_a_row_per_hold(office, at):
    placed = office.place(office.custodian(), office.custodian(), name="B")
    office.draft("A")

    rows = hold_table(access=office.access)

    assert [(row["name"], row["state"], row["targets"], row["placed_at"]) for row in rows] == [
        ("A", "draft", 0, None), ("B", "in_effect", 2, at)
    ]  # fmt: skip
    assert rows[1]["key"] == str(placed.key)
    assert (rows[1]["matter"], rows[1]["type"]) == ("Smith v. Jones", "litigation")


@pytest.mark.parametrize("read", [hold_table, None])
def test_reading_takes_as_many_queries_for_three_as_for_one(office, read):
    def count(hold) -> int:
        with CaptureQueriesContext(connection) as queries:
            if read:
                read(access=office.access)
            else:
                coverage(hold=hold, at=office.clock(), access=office.access)
        return len(queries)

    people = [office.custodian() for _ in range(3)]
    for person in people:
        office.source(person, versions=1, snapshots=1)
    one = count(office.place(people[0], name="One"))

    assert count(office.place(*people, name="Three")) == one
