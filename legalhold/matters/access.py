"""Who asks, what they may do, and which matters they reach: one frozen value, built once by the delivery layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from legalhold.accounts.models import Role
from legalhold.accounts.roles import EVERY_PERMISSION, PERMISSIONS, Permission
from legalhold.matters.models import Matter, MatterMember

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from legalhold.accounts.models import User


FOREIGN: Final = "a matter you are not on"
"""What is said for the name of a hold, or of anything else, of a matter that who asks doesn't reach."""


class NotAllowed(Exception):
    """Who asks lacks the permission; nothing was done."""


class MatterUnknown(Exception):
    """No matter of that name or key is reached by who asks, whether or not there is one."""


@dataclass(frozen=True, slots=True)
class Access:
    """An actor as text, their permissions, and the keys of the matters they reach (``None``: all of them)."""

    actor: str
    permissions: frozenset[Permission]
    matters: frozenset[UUID] | None

    def reaches(self, *, matter_key: UUID) -> bool:
        """Whether the matter is one of those reached."""
        return self.matters is None or matter_key in self.matters


def reached_matters(*, access: Access, ids: Collection[int]) -> set[int]:
    """Return those of the matters' ids that who asks reaches."""
    if access.matters is None:
        return set(ids)
    return set(Matter.objects.filter(pk__in=ids, key__in=access.matters).values_list("pk", flat=True))


def system_access(*, actor: str) -> Access:
    """Return the access of a command: every permission, every matter. Who runs commands owns the machine."""
    return Access(actor=actor, permissions=EVERY_PERMISSION, matters=None)


def access_of(*, user: User) -> Access:
    """Return what an account may do now: its role's permissions, on the matters it is a member of."""
    if not user.is_active:
        return Access(actor=f"user:{user.email}", permissions=frozenset(), matters=frozenset())
    keys = MatterMember.objects.filter(user=user, left_at=None).values_list("matter__key", flat=True)
    return Access(actor=f"user:{user.email}", permissions=PERMISSIONS[Role(user.role)], matters=frozenset(keys))


def require(*, access: Access, permission: Permission, matter: Matter | None = None) -> None:
    """Raise ``NotAllowed`` without the permission, ``MatterUnknown`` for a matter that isn't reached."""
    if matter is not None and not access.reaches(matter_key=matter.key):
        raise MatterUnknown(unknown_text(str(matter.key)))
    if permission not in access.permissions:
        raise NotAllowed(
            f"{access.actor} lacks the permission {permission.value}; a legal admin or the auditor can tell who has it"
        )


def unknown_text(text: str) -> str:
    """Return the one sentence for a matter that isn't there and for one that isn't reached, so that neither tells."""
    return f"no matter has the name or key {text!r}; `matter list` shows yours"
