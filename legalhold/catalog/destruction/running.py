"""A run in progress: its row, whose act it is, and the time as it passes without anybody reading a clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from legalhold.catalog.destruction.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.catalog.models import CompactionRun


@dataclass(slots=True)
class Running:
    """What every phase is given. ``counts`` is what the run's row will say of it."""

    run: CompactionRun
    archive: Archive
    by: str
    at: datetime
    stopwatch: Callable[[], float]
    counts: dict[str, int] = field(default_factory=dict)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.stopwatch()

    @property
    def now(self) -> datetime:
        """The time given at the start plus what has passed since by the stopwatch."""
        return self.at + timedelta(seconds=self.stopwatch() - self.began)

    def pace(self) -> Pace:
        """Return a new pace by this run's stopwatch."""
        return Pace(stopwatch=self.stopwatch)

    def count(self, name: str, number: int) -> None:
        """Add to one of the run's figures."""
        self.counts[name] = self.counts.get(name, 0) + number
