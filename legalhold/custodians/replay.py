"""Rebuilds custodians and groups from the journal. Who belongs to a group is replayed by the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from legalhold.custodians.models import Custodian, CustodianAddress, Group, MatterCustodian
from legalhold.matters.models import Matter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


def _imported(payload: Mapping[str, Any], at: datetime) -> None:
    for each in payload["custodians"]:
        values = {"name": each["name"], "employee_id": each["employee_id"], "department": each["department"]}
        person, _ = Custodian.objects.update_or_create(
            key=UUID(each["key"]), defaults=values, create_defaults={**values, "created_at": at}
        )
        CustodianAddress.objects.bulk_create(
            [CustodianAddress(custodian=person, address=address) for address in each["addresses"]],
            ignore_conflicts=True,
        )


def _group_created(payload: Mapping[str, Any], at: datetime) -> None:
    Group.objects.create(key=UUID(payload["key"]), name=payload["name"], created_at=at)


def _added_to_matter(payload: Mapping[str, Any], at: datetime) -> None:
    matter = Matter.objects.get(key=UUID(payload["matter"]))
    for key in payload["custodians"]:
        MatterCustodian.objects.create(matter=matter, custodian=Custodian.objects.get(key=UUID(key)), added_at=at)


HANDLERS: Final[dict[str, Callable[[Mapping[str, Any], datetime], None]]] = {
    "custodian.imported": _imported,
    "group.created": _group_created,
    "matter.custodians_added": _added_to_matter,
}
