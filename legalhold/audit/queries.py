"""Reading the trail in its order, and when it was last sealed. Who may read it is decided above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Max

from legalhold.audit.models import AuditEvent, SealedEvent, TreeHead

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

BEGUN: Final = "archive.rebuilt"
"""The verb that a trail begins with when the catalog was made anew from the archive."""

CHUNK: Final = 1000
"""Rows read at a time."""


def newest_sealed_at() -> datetime | None:
    """Return when the trail was last sealed: a wall clock behind it has gone back, and nothing is destroyed by it."""
    head = TreeHead.objects.order_by("-size").first()
    return head.sealed_at if head else None


def newest_event() -> int:
    """Return the greatest number of an event, 0 where there is none."""
    return AuditEvent.objects.aggregate(newest=Max("pk"))["newest"] or 0


def sealed_size(*, newest: int) -> int:
    """Return how many entries to look at beside heads read before, the newest of which has ``newest`` events.

    What was sealed since, along with its own head, isn't looked at; entries without any head are.
    """
    last = SealedEvent.objects.order_by("-position").first()
    if last is None or TreeHead.objects.filter(size__gt=newest).exists():
        return newest
    return max(newest, last.position + 1)


def sealed_events(*, below: int) -> Iterator[tuple[SealedEvent, AuditEvent | None]]:
    """Yield the tree's entries at positions ``below`` in order, each with its event; None where the event is gone."""
    after = -1
    entries = SealedEvent.objects.filter(position__lt=below).order_by("position")
    while chunk := list(entries.filter(position__gt=after)[:CHUNK]):
        events = AuditEvent.objects.in_bulk([entry.event_id for entry in chunk])
        yield from ((entry, events.get(entry.event_id)) for entry in chunk)
        after = chunk[-1].position


def begun_anew_at() -> datetime | None:
    """Return when this trail was begun by a rebuild of the catalog; None for a first one.

    Its first event says so, and is under its heads like every other: nobody can say it afterwards without the signing key.
    """
    first = SealedEvent.objects.filter(position=0).values("event_id")
    event = AuditEvent.objects.filter(pk__in=first, verb=BEGUN).first()
    return None if event is None else event.at


def unsealed_events(*, below: int) -> Iterator[AuditEvent]:
    """Yield what is recorded and not in the tree's positions ``below``: absence, never "later than the last"."""
    sealed = SealedEvent.objects.filter(position__lt=below).values("event_id")
    yield from AuditEvent.objects.exclude(pk__in=sealed).order_by("pk").iterator(chunk_size=CHUNK)
