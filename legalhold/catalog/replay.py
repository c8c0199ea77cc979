"""Rebuilds sources, associations, membership and tombstones from the journal. Snapshots come from their manifests.

``capture.restoring`` has what needs the archive (packs, snapshots), ``replay_pins`` the pins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from legalhold.catalog.destruction.gate import narrowing
from legalhold.catalog.models import LIVE, GroupMember, Source, SourceCustodian, Tombstone
from legalhold.custodians.models import Custodian, Group
from legalhold.database.fields import from_micros

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


def _created(payload: Mapping[str, Any], at: datetime) -> None:
    Source.objects.create(key=UUID(payload["key"]), name=payload["name"], kind=payload["kind"], created_at=at)


def _removed(payload: Mapping[str, Any], _at: datetime) -> None:
    with narrowing():
        Source.objects.filter(key=UUID(payload["source"])).update(state=Source.State.REMOVING)


def _associated(payload: Mapping[str, Any], _at: datetime) -> None:
    SourceCustodian.objects.create(**_association(payload))


def _association_ended(payload: Mapping[str, Any], _at: datetime) -> None:
    SourceCustodian.objects.filter(**_association(payload), to_at=None).update(to_at=from_micros(payload["to_at"]))


def _member_added(payload: Mapping[str, Any], _at: datetime) -> None:
    GroupMember.objects.create(**_membership(payload))


def _member_ended(payload: Mapping[str, Any], _at: datetime) -> None:
    GroupMember.objects.filter(**_membership(payload), to_at=None).update(to_at=from_micros(payload["to_at"]))


def _destroyed(payload: Mapping[str, Any], at: datetime) -> None:
    """Tombstones are made again under negative ids: those of the versions went with the old catalog."""
    sources = {str(source.key): source.pk for source in Source.objects.all()}
    last = (
        Tombstone.objects.filter(version_id__lt=0).order_by("version_id").values_list("version_id", flat=True).first()
    )
    Tombstone.objects.bulk_create(
        Tombstone(
            version_id=(last or 0) - number,
            source_id=sources[each["source"]],
            version_digest=bytes.fromhex(each["version"]),
            content_digest=bytes.fromhex(each["content"]),
            kind=each["kind"],
            size_bytes=each["size_bytes"],
            first_seen=each["first_seen"],
            last_seen=LIVE if each["last_seen"] is None else each["last_seen"],
            run_key=UUID(payload["run"]),
            because=each["because"],
            destroyed_at=at,
        )
        for number, each in enumerate(payload["versions"], start=1)
    )


def _association(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source": Source.objects.get(key=UUID(payload["source"])),
        "custodian": Custodian.objects.get(key=UUID(payload["custodian"])),
        "from_at": from_micros(payload["from_at"]),
    }


def _membership(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "group": Group.objects.get(key=UUID(payload["group"])),
        "custodian": Custodian.objects.get(key=UUID(payload["custodian"])),
        "from_at": from_micros(payload["from_at"]),
    }


HANDLERS: Final[dict[str, Callable[[Mapping[str, Any], datetime], None]]] = {
    "source.created": _created,
    "source.removed": _removed,
    "source.associated": _associated,
    "source.association_ended": _association_ended,
    "group.member_added": _member_added,
    "group.member_ended": _member_ended,
    "version.destroyed": _destroyed,
}
