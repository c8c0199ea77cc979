"""Times in an export's zone, also on the first and last day that a calendar has."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, tzinfo


def in_zone(*, at: datetime, zone: tzinfo) -> datetime:
    """Return an aware time as the zone's clocks show it; in UTC where they would show a day beyond the calendar."""
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at.astimezone(UTC)
