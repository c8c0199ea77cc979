"""Rebuilds collections from the journal. Their items are what their pins froze, which the catalog has replayed before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from legalhold.catalog.models import Pin, Source
from legalhold.custodians.models import Custodian
from legalhold.matters.models import Matter
from legalhold.review.freezing import freeze_windows, owner_of, windows_of_collection, write_items
from legalhold.review.models import Collection
from legalhold.review.scope import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


def describe_collection(*, collection: Collection) -> dict[str, Any]:
    """Return a collection as the journal says it: by keys, enough to make it again."""
    windows = windows_of_collection(collection=collection)
    sources = dict(Source.objects.filter(pk__in={window.source_id for window in windows}).values_list("pk", "key"))
    people = dict(Custodian.objects.filter(pk__in={window.custodian_id for window in windows}).values_list("pk", "key"))
    return {
        "key": str(collection.key),
        "matter": str(collection.matter.key),
        "name": collection.name,
        "description": collection.description,
        "by": collection.frozen_by,
        "items": collection.items,
        "size_bytes": collection.size_bytes,
        "windows": [
            {
                "source": str(sources[window.source_id]),
                "custodian": str(people[window.custodian_id]) if window.custodian_id else None,
                "first": window.first,
                "last": window.last,
            }
            for window in windows
        ],
    }


def _frozen(payload: Mapping[str, Any], at: datetime) -> None:
    collection = Collection.objects.create(
        key=UUID(payload["key"]),
        matter=Matter.objects.get(key=UUID(payload["matter"])),
        name=payload["name"],
        description=payload["description"],
        state=Collection.State.FROZEN,
        frozen_at=at,
        frozen_by=payload["by"],
        items=payload["items"],
        size_bytes=payload["size_bytes"],
    )
    freeze_windows(collection=collection, windows=[_window(said) for said in payload["windows"]])
    for pin in Pin.objects.filter(owner=owner_of(collection=collection), target=Pin.Target.FROZEN).order_by("pk"):
        write_items(collection=collection, pin=pin)


def _window(said: Mapping[str, Any]) -> Window:
    custodian = said["custodian"]
    return Window(
        source_id=Source.objects.get(key=UUID(said["source"])).pk,
        custodian_id=Custodian.objects.get(key=UUID(custodian)).pk if custodian else 0,
        first=said["first"],
        last=said["last"],
    )


HANDLERS: Final[dict[str, Callable[[Mapping[str, Any], datetime], None]]] = {"collection.frozen": _frozen}
