"""Counts failed sign-ins per share and address, in bounded memory. Knows no secrets."""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from webdav.settings import DavSettings


class _Count(NamedTuple):
    since: datetime
    failures: int


class FailedAttempts:
    """Says who has guessed too often. Safe for threads; the oldest entries make room for new ones."""

    def __init__(self, *, settings: DavSettings) -> None:
        self._settings = settings
        self._window = timedelta(seconds=settings.failure_window_seconds)
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._lock = Lock()

    def is_blocked(self, *, user: str, client: str, at: datetime) -> bool:
        """Say whether this client has to wait before its next attempt is looked at."""
        with self._lock:
            return any(self._current(key, at).failures >= limit for key, limit in self._keys(user=user, client=client))

    def count(self, *, user: str, client: str, at: datetime) -> None:
        """Count one failed attempt."""
        with self._lock:
            for key, _ in self._keys(user=user, client=client):
                current = self._current(key, at)
                self._counts[key] = current._replace(failures=current.failures + 1)
                self._counts.move_to_end(key)
            while len(self._counts) > self._settings.failure_entries:
                self._counts.popitem(last=False)

    def __len__(self) -> int:
        return len(self._counts)

    def _keys(self, *, user: str, client: str) -> tuple[tuple[tuple[str, str], int], ...]:
        shortened = user[:64]  # an attacker's long names don't grow the table
        return (
            ((client, f"user {shortened}"), self._settings.failures_per_share),
            ((client, ""), self._settings.failures_per_address),
        )

    def _current(self, key: tuple[str, str], at: datetime) -> _Count:
        found = self._counts.get(key)
        # A clock that stepped back starts a new window, else it could block for as long as it stepped.
        if found is None or not timedelta(0) <= at - found.since < self._window:
            return _Count(at, 0)
        return found
