"""Who belongs to a group over time: a hold on the group reaches everybody ever added, from the commit that adds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from legalhold.accounts.roles import Permission
from legalhold.audit.services import record
from legalhold.catalog.associations import add_member, end_membership
from legalhold.catalog.models import GroupMember
from legalhold.custodians.models import Group
from legalhold.database import guard
from legalhold.database.fields import to_micros
from legalhold.journal.services import acknowledge
from legalhold.matters.access import require

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet

    from legalhold.archive import Archive
    from legalhold.custodians.models import Custodian
    from legalhold.matters.access import Access


class NotMember(Exception):
    """Somebody to take out of a group doesn't belong to it now; nobody was taken out."""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group, how many belong to it now, and how many ever did: a hold on it reaches them all."""

    group: Group
    members: int
    ever: int


def add_members(
    *,
    group: Group,
    custodians: Iterable[Custodian],
    from_at: datetime,
    archive: Archive,
    access: Access,
    at: datetime,
) -> list[Custodian]:
    """Say that people belong to a group from ``from_at`` on, and return those who didn't; durable in the journal on return.

    Raises ``NotAllowed``, and ``NotYetDurable`` when they belong to it and only the journal couldn't be written.
    """
    require(access=access, permission=Permission.MANAGE_CUSTODIANS)
    with guard.exclusive():
        there = set(_now(group).values_list("custodian_id", flat=True))
        new = list({person.pk: person for person in custodians if person.pk not in there}.values())
        for person in new:
            add_member(group=group, custodian=person, from_at=from_at, at=at)
        if new:
            _record("group.member_added", group, new, {"from_at": to_micros(from_at)}, access, at)
    acknowledge(archive=archive, done=f"people who belong to group {group.name!r} from now on: {len(new)}")
    return new


def end_memberships(
    *, group: Group, custodians: Iterable[Custodian], to_at: datetime, access: Access, at: datetime
) -> None:
    """Say that people belonged to a group until ``to_at``: all of them or none. What is held of theirs stays held.

    Raises ``NotAllowed`` and ``NotMember``.
    """
    require(access=access, permission=Permission.MANAGE_CUSTODIANS)
    with guard.exclusive():
        now = {row.custodian_id: row for row in _now(group).select_related("custodian", "group")}
        people = {person.pk: person for person in custodians}
        if missing := sorted(person.name for pk, person in people.items() if pk not in now):
            raise NotMember(f"{', '.join(missing)} doesn't belong to group {group.name!r} now; nobody was taken out")
        for pk in people:
            end_membership(membership=now[pk], to_at=to_at, at=at)
        _record("group.member_ended", group, people.values(), {"to_at": to_micros(to_at)}, access, at)


def list_groups(*, access: Access) -> list[GroupLine]:
    """Return the groups by name. Raises ``NotAllowed``."""
    require(access=access, permission=Permission.MANAGE_CUSTODIANS)
    counted = GroupMember.objects.values("group").annotate(
        now=Count("custodian", filter=Q(to_at=None), distinct=True), ever=Count("custodian", distinct=True)
    )
    counts = {row["group"]: (row["now"], row["ever"]) for row in counted}
    return [GroupLine(group, *counts.get(group.pk, (0, 0))) for group in Group.objects.order_by("name")]


def memberships_of(*, group: Group, access: Access) -> list[GroupMember]:
    """Return who belonged to a group and when, by name. Raises ``NotAllowed``."""
    require(access=access, permission=Permission.MANAGE_CUSTODIANS)
    rows = GroupMember.objects.filter(group=group).select_related("custodian")
    return list(rows.order_by("custodian__name", "from_at", "pk"))


def _now(group: Group) -> QuerySet[GroupMember]:
    return GroupMember.objects.filter(group=group, to_at=None)


def _record(
    verb: str, group: Group, people: Iterable[Custodian], when: dict[str, Any], access: Access, at: datetime
) -> None:
    body = {"custodians": [str(person.key) for person in people], **when}
    record(verb=verb, by=access.actor, at=at, subject_kind="group", subject_key=str(group.key), body=body)
