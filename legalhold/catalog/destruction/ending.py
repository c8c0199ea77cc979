"""Ends pins: the one narrowing that upper rooms ask for, once whoever had to agree to it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.catalog.destruction.gate import narrowing
from legalhold.catalog.models import Pin
from legalhold.journal.services import append

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID


def end_pins(*, keys: Collection[UUID], at: datetime, because: str = "") -> int:
    """End the pins of these keys that haven't ended, and return how many; joins the caller's transaction.

    Makes eligible only what nothing else keeps; nothing is destroyed before a run, and its grace.
    """
    with narrowing():
        standing = Pin.objects.select_for_update().filter(key__in=keys, ended_at=None)
        ended = sorted(standing.values_list("key", flat=True))
        Pin.objects.filter(key__in=ended).update(ended_at=at)
    if ended:
        append(verb="pin.ended", payload={"pins": [str(key) for key in ended], "because": because}, at=at)
    return len(ended)
