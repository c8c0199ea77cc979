"""Keeps the write-ahead log short. Only a writer in its turn checkpoints, so that no checkpoint ever races a commit."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHECKPOINT_BYTES: Final = 16 * 1024 * 1024
"""A log above this is copied into the database by the writer that finds it so, still in its turn."""

RESTART_BYTES: Final = 8 * CHECKPOINT_BYTES
"""A log above this has readers that keep it from starting over; a writer waits for them, at most ``PATIENCE_MS``."""

STEP_BYTES: Final = 1024 * 1024
"""A log that didn't shrink is tried again once it has grown by this: trying at each commit would cost a flush each."""

PATIENCE_MS: Final = 500
"""Every writer behind waits as long; longer would be felt in the console."""


@dataclass(slots=True)
class Checkpointer:
    """One connection's memory of how long the log was when it last tried."""

    log_path: str
    tried_bytes: int = 0

    def run_if_due(self, connection: sqlite3.Connection) -> None:
        """Copy the log into the database when it has grown long; called after a commit, in the writer's turn."""
        size = self._log_bytes()
        if size <= CHECKPOINT_BYTES:
            self.tried_bytes = 0
        elif size >= self.tried_bytes + STEP_BYTES:
            self.tried_bytes = size
            _checkpoint(connection, is_patient=size > RESTART_BYTES)

    def _log_bytes(self) -> int:
        try:
            return Path(self.log_path).stat().st_size
        except FileNotFoundError:
            return 0


def _checkpoint(connection: sqlite3.Connection, *, is_patient: bool) -> None:
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    try:
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}").close()
        connection.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if is_patient else 'PASSIVE'})").close()
    except sqlite3.OperationalError:
        # The commit before it stands: reporting this as its failure would be untrue. The log grows and is tried again.
        return
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience}").close()
