"""A fair queue of writers across threads and processes: the kernel's file locks beside the database file."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field
from weakref import WeakSet


@dataclass(slots=True, weakref_slot=True, eq=False)
class WritersQueue:
    """One connection's place in the queue. SQLite's own busy handler lets late-comers overtake; this doesn't.

    Two locks make a turnstile: whoever waits for the turn holds the entrance, so that a writer that comes back at once
    finds the entrance shut and queues up behind. One ``flock`` alone lets it overtake the waiter that is just waking.
    """

    path: str
    _entrance: int | None = field(default=None)
    _turn: int | None = field(default=None)

    def __post_init__(self) -> None:
        _queues.add(self)

    @property
    def is_held(self) -> bool:
        """Whether it is this connection's turn."""
        return self._turn is not None

    def enter(self) -> None:
        """Wait for this connection's turn; a second call during the turn changes nothing."""
        if self._turn is not None:
            return
        try:
            self._entrance = _open(f"{self.path}-entrance")
            fcntl.flock(self._entrance, fcntl.LOCK_EX)
            self._turn = _open(self.path)
            fcntl.flock(self._turn, fcntl.LOCK_EX)
        except BaseException:
            self.leave()
            raise
        os.close(self._entrance)
        self._entrance = None

    def leave(self) -> None:
        """End the turn; closing the file gives the lock to the next writer, also when this process is killed."""
        fds, self._entrance, self._turn = (self._entrance, self._turn), None, None
        for fd in fds:
            if fd is not None:
                os.close(fd)


_queues: WeakSet[WritersQueue] = WeakSet()


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _leave_in_child() -> None:
    # A forked child has copies of the parent's open files; while they are open, the parent's turn would never end.
    for queue in list(_queues):
        queue.leave()


os.register_at_fork(after_in_child=_leave_in_child)
