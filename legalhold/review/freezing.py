"""The rows of a collection: its items, and whose each source was when it was frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from legalhold.audit.services import record
from legalhold.catalog.destruction.ending import end_pins
from legalhold.catalog.models import Pin
from legalhold.database import rows
from legalhold.review.models import Collection, CollectionItem, CollectionWindow
from legalhold.review.scope import Window

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet


def owner_of(*, collection: Collection) -> str:
    """Return what a collection's pins name as their owner."""
    return f"collection:{collection.key}"


def freeze_windows(*, collection: Collection, windows: Iterable[Window]) -> None:
    """Write down whose each source was; joins the caller's transaction."""
    CollectionWindow.objects.bulk_create(
        CollectionWindow(
            collection_id=collection.pk,
            source_id=window.source_id,
            custodian_id=window.custodian_id or None,
            first_sequence=window.first,
            last_sequence=window.last,
        )
        for window in windows
    )


def windows_of_collection(*, collection: Collection) -> tuple[Window, ...]:
    """Return the windows that a collection was frozen in."""
    found = CollectionWindow.objects.filter(collection_id=collection.pk)
    return tuple(
        sorted(Window(row.source_id, row.custodian_id or 0, row.first_sequence, row.last_sequence) for row in found)
    )


def write_items(*, collection: Collection, pin: Pin) -> None:
    """Write the versions that a pin froze as items; joins the caller's transaction."""
    rows.execute(
        "INSERT INTO review_collectionitem (collection_id, version_id)"
        " SELECT CAST(%s AS bigint), f.version_id FROM catalog_pinversion f WHERE f.pin_id = %s",
        [collection.pk, pin.pk],
    )


def forget_unfinished(*, unfinished: QuerySet[Collection], by: str, at: datetime) -> int:
    """Let go of collections that a crash left half frozen; their pins end, nothing else was made of them.

    The caller has the turn of collections, so that nobody is freezing one of them. Returns how many there were.
    """
    with transaction.atomic(durable=True):
        forgotten = list(unfinished.select_for_update().filter(state=Collection.State.FREEZING).order_by("pk"))
        for collection in forgotten:
            _forget(collection, by, at)
    return len(forgotten)


def _forget(collection: Collection, by: str, at: datetime) -> None:
    pins = Pin.objects.filter(owner=owner_of(collection=collection), ended_at=None)
    end_pins(keys=list(pins.values_list("key", flat=True)), because="its collection was never finished", at=at)
    CollectionItem.objects.filter(collection_id=collection.pk).delete()
    CollectionWindow.objects.filter(collection_id=collection.pk).delete()
    collection.delete()
    record(
        verb="collection.abandoned", by=by, at=at, subject_kind="collection", subject_key=str(collection.key),
        matter_key=collection.matter.key, body={"name": collection.name, "description": collection.description},
    )  # fmt: skip
