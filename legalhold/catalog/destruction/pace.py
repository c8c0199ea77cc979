"""How many rows one transaction under the guard takes, learnt from how long the last one held it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from legalhold.catalog.destruction.safety import BATCH, FEWEST_BATCH_ROWS, FIRST_BATCH_ROWS, MOST_BATCH_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")


@dataclass(slots=True)
class Pace:
    """Cuts a list of ids into batches, each sized so that it is over in ``BATCH``. ``stopwatch`` gives seconds."""

    stopwatch: Callable[[], float]
    rows: int = FIRST_BATCH_ROWS
    longest_seconds: float = field(default=0.0)

    def batches(self, values: Sequence[T]) -> Iterator[Sequence[T]]:
        """Yield the values in order; the caller handles each batch before asking for the next."""
        start = 0
        while start < len(values):
            batch = values[start : start + self.rows]
            began = self.stopwatch()
            yield batch
            self._learn(self.stopwatch() - began)
            start += len(batch)

    def _learn(self, seconds: float) -> None:
        self.longest_seconds = max(self.longest_seconds, seconds)
        bound = BATCH.total_seconds()
        if seconds > bound:
            self.rows = max(FEWEST_BATCH_ROWS, int(self.rows * bound / seconds * 0.8))
        elif seconds < bound * 0.7:
            # A commit's own cost is the larger part of a small batch: growth must not wait for that to shrink.
            self.rows = min(MOST_BATCH_ROWS, self.rows * 2 if seconds < bound / 3 else self.rows * 5 // 4)
