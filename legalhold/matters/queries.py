"""Reading matters and their members, and the trail of one matter, within what an access reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from legalhold.accounts.roles import Permission
from legalhold.audit.models import AuditEvent
from legalhold.matters.access import MatterUnknown, NotAllowed, require, unknown_text
from legalhold.matters.models import Matter, MatterMember

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from legalhold.matters.access import Access


def visible_matters(*, access: Access) -> QuerySet[Matter]:
    """Return the matters that ``access`` reaches, by name. Raises ``NotAllowed`` where it may read none."""
    require(access=access, permission=Permission.READ_MATTERS)
    matters = Matter.objects.order_by("name")
    return matters if access.matters is None else matters.filter(key__in=access.matters)


def find_matter(*, text: str, access: Access) -> Matter:
    """Return the matter with that key or name. Raises ``MatterUnknown``, for a foreign one too."""
    matter = visible_matters(access=access).filter(_is_key(text) | Q(name=text)).first()
    if matter is None:
        raise MatterUnknown(unknown_text(text))
    return matter


def members_of(*, matter: Matter, access: Access) -> QuerySet[MatterMember]:
    """Return who works on the matter now, by name."""
    require(access=access, permission=Permission.READ_MATTERS, matter=matter)
    return MatterMember.objects.filter(matter=matter, left_at=None).select_related("user").order_by("user__name", "pk")


def trail_of(*, matter: Matter, access: Access) -> QuerySet[AuditEvent]:
    """Return the matter's audit events in the order they were recorded."""
    require(access=access, permission=Permission.READ_AUDIT, matter=matter)
    return AuditEvent.objects.filter(matter_key=matter.key).order_by("pk")


def whole_trail(*, access: Access) -> QuerySet[AuditEvent]:
    """Return every audit event. Raises ``NotAllowed`` for whoever reaches only some matters."""
    require(access=access, permission=Permission.READ_AUDIT)
    if access.matters is not None:
        raise NotAllowed(f"{access.actor} reaches only some matters; ask for the trail of one of them")
    return AuditEvent.objects.order_by("pk")


def _is_key(text: str) -> Q:
    try:
        return Q(key=UUID(text))
    except ValueError:
        return Q(pk__in=())
