"""Reading the trail in its order, and when it was last sealed. Who may read it is decided above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Max

from legalhold.audit.models import AuditEvent, SealedEvent, TreeHead

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

CHUNK: Final = 1000
"""Rows read at a time."""


def newest_sealed_at() -> datetime | None:
    """Return when the trail was last sealed: a wall clock behind it has gone back, and nothing is destroyed by it."""
    head = TreeHead.objects.order_by("-size").first()
    return head.sealed_at if head else None


def newest_event() -> int:
    """Return the greatest number of an event, 0 where there is none."""
    return AuditEvent.objects.aggregate(newest=Max("pk"))["newest"] or 0


def sealed_events() -> Iterator[tuple[SealedEvent, AuditEvent | None]]:
    """Yield the tree's entries in order, each with its event; None where the event is gone."""
    after = -1
    while chunk := list(SealedEvent.objects.filter(position__gt=after).order_by("position")[:CHUNK]):
        events = AuditEvent.objects.in_bulk([entry.event_id for entry in chunk])
        yield from ((entry, events.get(entry.event_id)) for entry in chunk)
        after = chunk[-1].position


def unsealed_events() -> Iterator[AuditEvent]:
    """Yield what is recorded and not in the tree: absence from the tree, never "later than the last"."""
    sealed = SealedEvent.objects.values("event_id")
    yield from AuditEvent.objects.exclude(pk__in=sealed).order_by("pk").iterator(chunk_size=CHUNK)
