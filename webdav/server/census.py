"""Counts open connections, in all and per address, and says when there are too many."""

from collections import Counter
from threading import Lock
from typing import Protocol

from webdav.http.origin import is_trusted, read_address
from webdav.settings import Network, ServerLimits


class Counted(Protocol):
    """A connection, as far as it is counted."""

    remote_addr: str | None


class Census:
    """Who is connected. Safe for threads."""

    def __init__(self, *, limits: ServerLimits, trusted_proxies: tuple[Network, ...]) -> None:
        self._limits = limits
        self._trusted_proxies = trusted_proxies
        self._addresses: dict[int, str] = {}
        self._counts: Counter[str] = Counter()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._addresses)

    def enter(self, connection: Counted) -> bool:
        """Count a connection, or say that there is no room for it."""
        address = connection.remote_addr or ""
        with self._lock:
            if len(self._addresses) >= self._limits.connections or self._is_crowded(address):
                return False
            self._addresses[id(connection)] = address
            self._counts[address] += 1
            return True

    def leave(self, connection: Counted) -> None:
        """Forget a connection, if it was counted."""
        with self._lock:
            address = self._addresses.pop(id(connection), None)
            if address is None:
                return
            self._counts[address] -= 1
            if not self._counts[address]:
                del self._counts[address]

    def _is_crowded(self, address: str) -> bool:
        if self._counts[address] < self._limits.connections_per_address:
            return False
        # A proxy brings everyone's connections.
        return not is_trusted(read_address(address), trusted_proxies=self._trusted_proxies)
