"""Counts failed sign-ins per share and address, in bounded memory. Knows no secrets."""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from webdav.settings import DavSettings


class _Count(NamedTuple):
    since: datetime
    failures: int


class Counted(NamedTuple):
    """What one failed attempt added up to: the address's failures, and whether a limit was reached by it."""

    of_address: int
    is_limit: bool


class FailedAttempts:
    """Says who has guessed too often. Safe for threads; the oldest entries make room for new ones."""

    def __init__(self, *, settings: DavSettings) -> None:
        self._settings = settings
        self._window = timedelta(seconds=settings.failure_window_seconds)
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._lock = Lock()

    def is_blocked(self, *, user: str, client: str, at: datetime) -> bool:
        """Say whether this client has failed too often to be asked for its secret again."""
        with self._lock:
            return any(self._current(key, at).failures >= limit for key, limit in self._keys(user=user, client=client))

    def count(self, *, user: str, client: str, at: datetime) -> Counted:
        """Count one failed attempt; a limit is reached once in a window."""
        with self._lock:
            reached = [(self._add(key, at), limit) for key, limit in self._keys(user=user, client=client)]
            while len(self._counts) > self._settings.failure_entries:
                self._counts.popitem(last=False)
        return Counted(reached[-1][0], any(failures == limit for failures, limit in reached))

    def __len__(self) -> int:
        return len(self._counts)

    def _keys(self, *, user: str, client: str) -> tuple[tuple[tuple[str, str], int], ...]:
        shortened = user[:64]  # an attacker's long names don't grow the table
        return (
            ((client, f"user {shortened}"), self._settings.failures_per_share),
            ((client, ""), self._settings.failures_per_address),
        )

    def _add(self, key: tuple[str, str], at: datetime) -> int:
        current = self._current(key, at)
        self._counts[key] = current._replace(failures=current.failures + 1)
        self._counts.move_to_end(key)
        return current.failures + 1

    def _current(self, key: tuple[str, str], at: datetime) -> _Count:
        found = self._counts.get(key)
        # A clock that stepped back starts a new window, else it could block for as long as it stepped.
        if found is None or not timedelta(0) <= at - found.since < self._window:
            return _Count(at, 0)
        return found
