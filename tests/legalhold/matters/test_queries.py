"""What is read is what the access reaches; a foreign matter is answered like an unknown one."""

from __future__ import annotations

from uuid import uuid4

import pytest

from legalhold.accounts.roles import EVERY_PERMISSION, Permission
from legalhold.matters.access import Access, MatterUnknown, NotAllowed, access_of, require
from legalhold.matters.queries import find_matter, members_of, trail_of, visible_matters, whole_trail
from legalhold.matters.services import add_member


@pytest.fixture
def alice(matter, foreign, system, person, at):
    user = person("auditor")
    add_member(matter=matter, user=user, access=system, at=at)
    return user


@pytest.fixture
def access(alice):
    return access_of(user=alice)


def test_command_sees_every_matter(matter, foreign, system):
    assert list(visible_matters(access=system)) == [matter, foreign]


def test_member_sees_their_own_matters_alone(matter, foreign, access):
    assert list(visible_matters(access=access)) == [matter]


def test_matter_is_found_by_name_and_by_key(matter, access):
    assert find_matter(text="Adams v. Brown", access=access) == matter
    assert find_matter(text=str(matter.key), access=access) == matter


def test_foreign_matter_is_answered_like_an_unknown_one(matter, foreign, access):
    answers = []
    for text in (foreign.name, str(foreign.key), "nothing", str(uuid4())):
        with pytest.raises(MatterUnknown) as caught:
            find_matter(text=text, access=access)
        answers.append(str(caught.value).replace(repr(text), "TEXT"))

    assert set(answers) == {"no matter has the name or key TEXT; `matter list` shows yours"}


def test_foreign_matter_required_is_answered_like_an_unknown_one(foreign, access):
    with pytest.raises(MatterUnknown) as required:
        require(access=access, permission=Permission.MANAGE_HOLDS, matter=foreign)
    with pytest.raises(MatterUnknown) as searched:
        find_matter(text=str(foreign.key), access=access)

    assert str(required.value) == str(searched.value)


def test_members_are_read_by_members(matter, foreign, alice, access):
    assert [member.user for member in members_of(matter=matter, access=access)] == [alice]
    with pytest.raises(MatterUnknown):
        members_of(matter=foreign, access=access)


def test_trail_of_a_matter_is_that_matters_alone(matter, foreign, access):
    assert [event.verb for event in trail_of(matter=matter, access=access)] == ["matter.created", "matter.member_added"]
    with pytest.raises(MatterUnknown):
        trail_of(matter=foreign, access=access)


def test_whole_trail_is_for_those_who_reach_every_matter(matter, foreign, alice, access, system):
    assert [event.verb for event in whole_trail(access=system)] == [
        "matter.created",
        "matter.created",
        "matter.member_added",
    ]
    with pytest.raises(NotAllowed, match="only some matters"):
        whole_trail(access=access)


@pytest.mark.parametrize(
    ("ask", "permission"),
    [
        (lambda matter, access: visible_matters(access=access), Permission.READ_MATTERS),
        (lambda matter, access: find_matter(text=matter.name, access=access), Permission.READ_MATTERS),
        (lambda matter, access: members_of(matter=matter, access=access), Permission.READ_MATTERS),
        (lambda matter, access: trail_of(matter=matter, access=access), Permission.READ_AUDIT),
        (lambda matter, access: whole_trail(access=access), Permission.READ_AUDIT),
    ],
)
def test_reading_needs_its_permission(matter, ask, permission):
    lacking = Access(actor="user:bob", permissions=EVERY_PERMISSION - {permission}, matters=None)

    with pytest.raises(NotAllowed, match=f"user:bob lacks the permission {permission}"):
        ask(matter, lacking)
