"""A cache with an upper bound that forgets what was not asked for longest. Knows nothing of what it keeps."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Keeps values whose costs together stay within `limit`; safe for threads."""

    def __init__(self, *, limit: int) -> None:
        self.limit = limit
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._cost = 0
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return a value if it is still kept."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, *, cost: int) -> None:
        """Keep a value, unless it alone costs more than the limit."""
        if cost > self.limit:
            return
        with self._lock:
            self._cost -= self._values.pop(key, (value, 0))[1]
            self._values[key] = (value, cost)
            self._cost += cost
            while self._cost > self.limit:
                self._cost -= self._values.popitem(last=False)[1][1]
