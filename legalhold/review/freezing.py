"""The rows of a collection: its items, and whose each source was when it was frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from legalhold.catalog.destruction.ending import end_pins
from legalhold.catalog.models import Pin
from legalhold.database import rows
from legalhold.review.models import Collection, CollectionItem, CollectionWindow
from legalhold.review.scope import Window

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from legalhold.matters.models import Matter


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


def forget_unfinished(*, matter: Matter, name: str, at: datetime) -> None:
    """Let go of a collection of this name that a crash left half frozen; its pins end, nothing else was made of it."""
    with transaction.atomic(durable=True):
        unfinished = Collection.objects.select_for_update().filter(
            matter=matter, name=name, state=Collection.State.FREEZING
        )
        for collection in unfinished:
            pins = Pin.objects.filter(owner=owner_of(collection=collection), ended_at=None)
            end_pins(keys=list(pins.values_list("key", flat=True)), because="its collection was never finished", at=at)
            CollectionItem.objects.filter(collection_id=collection.pk).delete()
            CollectionWindow.objects.filter(collection_id=collection.pk).delete()
            collection.delete()
