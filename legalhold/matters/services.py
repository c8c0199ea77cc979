"""Creating and closing matters, and who works on them. Matters are never deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from legalhold.audit.services import record
from legalhold.journal import services as journal
from legalhold.matters.models import Matter, MatterMember
from legalhold.matters.rules import check_fields, may_manage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from legalhold.accounts.models import User
    from legalhold.matters.access import Access


class MatterNameTaken(Exception):
    """Another matter has that name, perhaps one that who asks isn't on."""


class MatterClosed(Exception):
    """The matter is closed already."""


class HoldsInEffect(Exception):
    """A matter is closed only when none of its holds is in effect."""


class AlreadyMember(Exception):
    """The account is a member of the matter already."""


def create_matter(*, name: str, reference: str = "", zone: str = "UTC", access: Access, at: datetime) -> Matter:
    """Open a matter. Raises ``NotAllowed``, ``MatterInvalid`` or ``MatterNameTaken``; nothing is written then."""
    may_manage(access=access)
    check_fields(name=name, reference=reference, zone=zone)
    with transaction.atomic(durable=True):
        matter, is_new = Matter.objects.get_or_create(
            name=name, defaults={"reference": reference, "zone": zone, "opened_at": at}
        )
        if not is_new:
            raise MatterNameTaken(f"there is a matter named {name!r} already; give this one another name")
        payload = {"key": str(matter.key), "name": name, "reference": reference, "zone": zone}
        _write_down("matter.created", matter, payload, access, at)
    return matter


def close_matter(*, matter: Matter, access: Access, at: datetime) -> Matter:
    """Close a matter. Raises ``HoldsInEffect`` or ``MatterClosed``; a constraint stands behind the first."""
    may_manage(access=access, matter=matter)
    with transaction.atomic(durable=True):
        locked = Matter.objects.select_for_update().get(pk=matter.pk)
        _require_closable(locked)
        locked.closed_at = at
        locked.save(update_fields=["closed_at"])
        _write_down("matter.closed", locked, {"key": str(locked.key)}, access, at)
    return locked


def add_member(*, matter: Matter, user: User, access: Access, at: datetime) -> MatterMember:
    """Let an account work on the matter from now on. Raises ``AlreadyMember``."""
    may_manage(access=access, matter=matter)
    with transaction.atomic(durable=True):
        Matter.objects.select_for_update().get(pk=matter.pk)
        if MatterMember.objects.filter(matter=matter, user=user, left_at=None).exists():
            raise AlreadyMember(f"{user.email} is on matter {matter.name!r} already")
        member = MatterMember.objects.create(matter=matter, user=user, joined_at=at)
        who = {"key": str(user.key), "email": user.email, "name": user.name, "role": user.role}
        _write_down("matter.member_added", matter, {"key": str(matter.key), "user": who}, access, at)
    return member


def _require_closable(matter: Matter) -> None:
    if matter.closed_at is not None:
        raise MatterClosed(f"matter {matter.name!r} was closed on {matter.closed_at:%Y-%m-%d}")
    if matter.holds_in_effect:
        holds = "1 hold" if matter.holds_in_effect == 1 else f"{matter.holds_in_effect} holds"
        raise HoldsInEffect(
            f"matter {matter.name!r} has {holds} in effect; release what holds first, and wait out its cooling-off"
        )


def _write_down(verb: str, matter: Matter, payload: Mapping[str, object], access: Access, at: datetime) -> None:
    journal.append(verb=verb, payload=payload, at=at)
    record(
        verb=verb, by=access.actor, at=at, subject_kind="matter", subject_key=str(matter.key), matter_key=matter.key,
        body=payload,
    )  # fmt: skip
