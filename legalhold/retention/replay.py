"""Rebuilds profiles, assignments and expiries from the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from legalhold.catalog.models import Snapshot, Source
from legalhold.custodians.models import Custodian, Group
from legalhold.retention.models import ProfileAssignment, RetentionProfile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


def _set(payload: Mapping[str, Any], at: datetime) -> None:
    columns = {name: value for name, value in payload.items() if name != "key"}
    if payload["is_default"]:
        RetentionProfile.objects.exclude(key=payload["key"]).update(is_default=False)
    RetentionProfile.objects.update_or_create(key=payload["key"], defaults={**columns, "set_at": at})


def _assigned(payload: Mapping[str, Any], at: datetime) -> None:
    target: dict[str, Any] = {
        "source": Source.objects.get(key=payload["source"]) if payload["source"] else None,
        "custodian": Custodian.objects.get(key=payload["custodian"]) if payload["custodian"] else None,
        "group": Group.objects.get(key=payload["group"]) if payload["group"] else None,
    }
    profile = RetentionProfile.objects.get(key=payload["profile"])
    ProfileAssignment.objects.update_or_create(**target, defaults={"profile": profile, "assigned_at": at})


def _expired(payload: Mapping[str, Any], at: datetime) -> None:
    snapshots = Snapshot.objects.filter(source__key=payload["source"], sequence__in=payload["sequences"])
    snapshots.update(expired_at=at, kept_by="")


HANDLERS: Final[dict[str, Callable[[Mapping[str, Any], datetime], None]]] = {
    "retention_profile.set": _set,
    "retention_profile.assigned": _assigned,
    "snapshot.expired": _expired,
}
"""Verb → handler."""
