"""The span of dates that an item could be judged by: too wide holds too much, too narrow would lose held data."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# before and after these a date says more about a broken clock than about the item
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
LATEST = datetime(2101, 1, 1, tzinfo=UTC)
# offsets in use reach from UTC-12 to UTC+14: where a zone isn't known, any of them may be meant
AHEAD = timedelta(hours=14)
BEHIND = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Coverage:
    """`item_from` to `item_to`, aware, both included; None is open."""

    item_from: datetime | None
    item_to: datetime | None


OPEN = Coverage(None, None)


class Span:
    """Gathers dates into a coverage; what can't be told opens it, and an opened side stays open."""

    def __init__(self) -> None:
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._is_from_open = False
        self._is_to_open = False

    def add(self, at: datetime, *, is_zone_known: bool = True) -> None:
        """Widen to a date (aware); an implausible one says nothing of when, so it opens both sides."""
        if not EARLIEST <= at < LATEST:
            self.open()
        else:
            first, last = (at, at) if is_zone_known else (at - AHEAD, at + BEHIND)
            self._first = first if self._first is None else min(self._first, first)
            self._last = last if self._last is None else max(self._last, last)

    def open_end(self) -> None:
        """Leave the end open: it goes on, or nobody can say when it ends."""
        self._is_to_open = True

    def open(self) -> None:
        """Leave both sides open: a date that is there can't be read."""
        self._is_from_open = self._is_to_open = True

    def coverage(self) -> Coverage:
        """Give what was gathered; nothing gathered is open."""
        return Coverage(
            None if self._is_from_open else self._first,
            None if self._is_to_open else self._last,
        )
