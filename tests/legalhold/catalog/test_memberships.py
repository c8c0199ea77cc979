"""Who belongs to groups, as acts: with permission, recorded once, all or none; ending narrows no hold."""

from __future__ import annotations

from datetime import timedelta

import pytest

from legalhold.audit.models import AuditEvent
from legalhold.catalog.held import is_held
from legalhold.catalog.memberships import NotMember, add_members, end_memberships, list_groups, memberships_of
from legalhold.catalog.models import GroupMember, Version
from legalhold.database.rows import fetch
from legalhold.journal.models import OutboxEntry
from legalhold.matters.access import NotAllowed
from tests.acting import ACCESS, NOBODY


@pytest.fixture
def add(archive, at):
    def run(group, *people, access=ACCESS):
        return add_members(group=group, custodians=people, from_at=at, archive=archive, access=access, at=at)

    return run


@pytest.fixture
def end(at):
    def run(group, *people, access=ACCESS, to_at=at + timedelta(days=1)):
        end_memberships(group=group, custodians=people, to_at=to_at, access=access, at=at)

    return run


def held() -> list[int]:
    return [row[0] for row in fetch(f"SELECT v.id FROM catalog_version v WHERE {is_held(version='v')} ORDER BY v.id")]


def test_member_of_a_held_group_is_held_from_the_commit_that_adds_them(house, add, at):
    group, ann, bob = house.group(), house.custodian(), house.custodian()
    mine, other = (house.version(house.source(person, snapshots=1), 1) for person in (ann, bob))
    house.pin("group", on=group)
    Version.objects.update(condemned_at=at, condemned_counted_us=1, destroyable_at=at)

    new = add(group, ann, ann)

    assert (new, held()) == ([ann], [mine.pk])
    assert list(Version.objects.exclude(condemned_at=None)) == [other]
    [event] = AuditEvent.objects.all()
    assert (event.verb, event.subject_key, event.actor) == ("group.member_added", str(group.key), ACCESS.actor)


def test_who_belongs_already_is_not_added_again(house, add):
    group, ann = house.group(), house.custodian()
    add(group, ann)

    assert add(group, ann) == []
    assert (GroupMember.objects.count(), AuditEvent.objects.count()) == (1, 1)


def test_what_is_held_stays_held_when_a_membership_ends(house, add, end, at):
    group, ann = house.group(), house.custodian()
    version = house.version(house.source(ann, snapshots=1), 1)
    house.pin("group", on=group)
    add(group, ann)

    end(group, ann)

    assert held() == [version.pk]
    assert GroupMember.objects.get().to_at == at + timedelta(days=1)
    assert [event.verb for event in AuditEvent.objects.order_by("pk")] == ["group.member_added", "group.member_ended"]


def test_all_memberships_end_or_none(house, add, end):
    group, ann, bob = house.group(), house.custodian(), house.custodian()
    add(group, ann)
    entries = OutboxEntry.objects.count()

    with pytest.raises(NotMember, match=bob.name):
        end(group, ann, bob)

    assert GroupMember.objects.get().to_at is None
    assert (AuditEvent.objects.count(), OutboxEntry.objects.count()) == (1, entries)


def test_groups_need_their_permission(house, add, end):
    group, ann = house.group(), house.custodian()
    add(group, ann)

    for act in (
        lambda: add(group, house.custodian(), access=NOBODY),
        lambda: end(group, ann, access=NOBODY),
        lambda: list_groups(access=NOBODY),
        lambda: memberships_of(group=group, access=NOBODY),
    ):
        with pytest.raises(NotAllowed, match="manage_custodians"):
            act()
    assert (GroupMember.objects.get().to_at, AuditEvent.objects.count()) == (None, 1)


@pytest.mark.parametrize("count", [1, 3])
def test_lists_take_as_many_queries_for_one_row_as_for_three(house, add, django_assert_num_queries, count):
    groups = [house.group() for _ in range(count)]
    add(groups[0], *(house.custodian() for _ in range(count)))

    with django_assert_num_queries(2):
        lines = list_groups(access=ACCESS)
    with django_assert_num_queries(1):
        rows = [row.custodian.name for row in memberships_of(group=groups[0], access=ACCESS)]

    assert ([line.members for line in lines], len(rows)) == ([count] + [0] * (count - 1), count)
