"""A fair queue of writers across threads and processes: the kernel's file lock beside the database file."""
from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field

CHECKPOINT_BYTES = 16 * 1024 * 1024
"""A write-ahead log above this is checkpointed by the writer that finds it so, still in its turn."""


@dataclass(slots=True)
class WritersQueue:
    """One connection's place in the queue. SQLite's own busy handler lets late-comers overtake; ``flock`` doesn't."""

    path: str
    _fd: int | None = field(default=None)

    @property
    def is_held(self) -> bool:
        """Whether it is this connection's turn."""
        return self._fd is not None

    def enter(self) -> None:
        """Wait for this connection's turn; a second call during the turn changes nothing."""
        if self._fd is not None:
            return
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd

    def leave(self) -> None:
        """End the turn; closing the file gives the lock to the next writer, also when this process is killed."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


def is_checkpoint_due(database_path: str) -> bool:
    """Whether the write-ahead log beside ``database_path`` has grown past ``CHECKPOINT_BYTES``."""
    try:
        return os.stat(f"{database_path}-wal").st_size > CHECKPOINT_BYTES
    except FileNotFoundError:
        return False
