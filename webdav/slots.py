"""Bounds how many answers are being sent at once to one share and to one address: slow readers hold workers."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from threading import Lock


class AnswerSlots:
    """Counts the answers being sent. Safe for threads."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def take(self, *, share: str, client: str) -> bool:
        """Count an answer for both, or say that one of them has as many as it may."""
        keys = (("share", share), ("client", client))
        with self._lock:
            if any(self._counts[key] >= self._limit for key in keys):
                return False
            self._counts.update(keys)
            return True

    def give_back(self, *, share: str, client: str) -> None:
        """Forget an answer that was counted."""
        with self._lock:
            for key in (("share", share), ("client", client)):
                self._counts[key] -= 1
                if not self._counts[key]:
                    del self._counts[key]

    def __len__(self) -> int:
        return len(self._counts)


class GrantedBody:
    """The body of an answer to a share's reader: the server may wait for them, and says when it is done."""

    may_wait = True  # load-bearing: the gateway looks for it; whatever lacks it is sent without waiting

    def __init__(self, blocks: Iterable[bytes], *, on_close: Callable[[], None]) -> None:
        self._blocks = blocks
        self._on_close = on_close

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._blocks)

    def close(self) -> None:
        """End what gives the blocks, and say so."""
        try:
            close = getattr(self._blocks, "close", None)
            if close is not None:
                close()
        finally:
            self._on_close()
