"""Time that has been shown to pass. Grace and cooling-off count by it, so that no clock that jumps can shorten them.

Within a boot it advances by the slower of wall and boot-time clock. Across boots of a machine it advances only by what
the new boot's own clock shows, so a reboot can delay and never shorten. Several machines on one database each show what
passed by their own clocks; the same hour shown by two is one hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from legalhold.database.fields import to_micros
from legalhold.database.models import BootClock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What a machine's clocks say: wall time, which boot of which machine this is, and microseconds since that boot.

    ``machine_id`` is empty where it isn't known: then nothing tells whose earlier boot came before this one.
    """

    wall_at: datetime
    machine_id: str
    boot_id: str
    boottime_us: int


def tick(*, reading: ClockReading) -> int:
    """Advance the counted clock to ``reading`` and return it, in microseconds; joins the caller's transaction, if any."""
    with transaction.atomic():
        BootClock.objects.get_or_create(
            boot_id=reading.boot_id, defaults={"machine_id": reading.machine_id, "wall_at": reading.wall_at}
        )
        # Locked before they are read, in one order: another process may have shown more since.
        clocks = list(BootClock.objects.select_for_update().order_by("pk"))
        counted_us = max(clock.counted_us for clock in clocks)
        mine = next(clock for clock in clocks if clock.boot_id == reading.boot_id)
        if mine.boottime_us is not None and reading.boottime_us <= mine.boottime_us:
            # Read before a newer one was taken down: going back to it would count the time between the two again.
            return counted_us
        mine.counted_us = max(counted_us, _shown(mine, clocks, reading))
        mine.wall_at, mine.boottime_us = reading.wall_at, reading.boottime_us
        mine.save()
        return mine.counted_us


def current() -> int:
    """Return the counted clock as it was last advanced, in microseconds; 0 in a new installation."""
    return int(BootClock.objects.aggregate(newest=Max("counted_us"))["newest"] or 0)


def _shown(mine: BootClock, clocks: Iterable[BootClock], reading: ClockReading) -> int:
    """Return what was counted at the last reading of this boot, or of its machine's boot before, and what passed since."""
    if mine.boottime_us is not None:
        before, by_boot = mine, reading.boottime_us - mine.boottime_us
    else:
        # Such a boot began after the last reading of the boot before, so all of its time has passed since then.
        earlier = [
            clock for clock in clocks if clock.boottime_us is not None and clock.machine_id == reading.machine_id != ""
        ]
        if not earlier:
            return 0
        before, by_boot = max(earlier, key=lambda clock: clock.wall_at), reading.boottime_us
    by_wall = to_micros(reading.wall_at) - to_micros(before.wall_at)
    return before.counted_us + max(0, min(by_boot, by_wall))
