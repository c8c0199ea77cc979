"""Time that has been shown to pass. Grace and cooling-off count by it, so that no clock that jumps can shorten them.

Within a boot it advances by the slower of wall and boot-time clock. Across boots it advances only by what the new
boot's own clock shows, so a reboot can delay and never shorten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from legalhold.database.fields import to_micros
from legalhold.database.models import CountedClock

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What the machine's clocks say: wall time, which boot this is, and microseconds since that boot."""

    wall_at: datetime
    boot_id: str
    boottime_us: int


def tick(*, reading: ClockReading) -> int:
    """Advance the counted clock to ``reading`` and return it, in microseconds; joins the caller's transaction, if any."""
    with transaction.atomic():
        clock, _ = CountedClock.objects.select_for_update().get_or_create(id=1)
        clock.counted_us += _shown(clock, reading)
        clock.wall_at, clock.boot_id, clock.boottime_us = reading.wall_at, reading.boot_id, reading.boottime_us
        clock.save()
        return clock.counted_us


def _shown(clock: CountedClock, reading: ClockReading) -> int:
    if clock.wall_at is None:
        return 0
    is_same_boot = clock.boot_id == reading.boot_id
    by_boot = reading.boottime_us - (clock.boottime_us if is_same_boot else 0)
    by_wall = to_micros(reading.wall_at) - to_micros(clock.wall_at)
    return max(0, min(by_boot, by_wall))


def current() -> int:
    """Return the counted clock as it was last advanced, in microseconds; 0 in a new installation."""
    clock = CountedClock.objects.filter(id=1).first()
    return clock.counted_us if clock else 0
