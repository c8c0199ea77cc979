"""Rebuilds matters and their members from the journal. How many holds are in effect is replayed by holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from legalhold.accounts.services import restore_user
from legalhold.matters.models import Matter, MatterMember

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


def _created(payload: Mapping[str, Any], at: datetime) -> None:
    Matter.objects.create(
        key=UUID(payload["key"]),
        name=payload["name"],
        reference=payload["reference"],
        zone=payload["zone"],
        opened_at=at,
    )


def _closed(payload: Mapping[str, Any], at: datetime) -> None:
    # A hold's release is replayed after its matter: the count that a constraint compares is still 0 here.
    Matter.objects.filter(key=UUID(payload["key"])).update(closed_at=at)


def _member_added(payload: Mapping[str, Any], at: datetime) -> None:
    who = payload["user"]
    user = restore_user(key=UUID(who["key"]), email=who["email"], name=who["name"], role=who["role"])
    MatterMember.objects.create(matter=Matter.objects.get(key=UUID(payload["key"])), user=user, joined_at=at)


HANDLERS: Final[dict[str, Callable[[Mapping[str, Any], datetime], None]]] = {
    "matter.created": _created,
    "matter.closed": _closed,
    "matter.member_added": _member_added,
}
