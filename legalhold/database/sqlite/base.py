"""The embedded database: every transaction queues fairly, commits durably, and checkpoints only in its own turn."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.backends.sqlite3 import base

from legalhold.database import gate
from legalhold.database.sqlite.queue import WritersQueue, is_checkpoint_due

if TYPE_CHECKING:
    import sqlite3

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # NORMAL may lose acknowledged commits when the power fails
    "PRAGMA wal_autocheckpoint = 0",  # before 3.51.3 a checkpoint that races a commit can corrupt the log
    "PRAGMA recursive_triggers = ON",  # else INSERT OR REPLACE deletes rows past the triggers that refuse it
    "PRAGMA mmap_size = 0",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",
)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite connection, with ``BEGIN IMMEDIATE`` behind a fair queue."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.writers_queue: WritersQueue | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        """Return a connection with our pragmas and the gate's function, without which its triggers refuse everything."""
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        for pragma in PRAGMAS:
            connection.execute(pragma).close()
        connection.create_function("legalhold_gate_open", 0, lambda: int(gate.is_open(self.alias)))
        if not self.is_in_memory_db():
            self.writers_queue = WritersQueue(path=f"{conn_params['database']}.writers")
        return connection

    def _start_transaction_under_autocommit(self) -> None:
        if self.writers_queue is not None:
            self.writers_queue.enter()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._leave_queue()
            raise

    def _commit(self) -> None:
        super()._commit()
        if self.writers_queue is not None and self.writers_queue.is_held:
            self._checkpoint_if_due()
        self._leave_queue()

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self._leave_queue()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self._leave_queue()

    def _checkpoint_if_due(self) -> None:
        if is_checkpoint_due(str(self.settings_dict["NAME"])):
            self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").close()

    def _leave_queue(self) -> None:
        gate.close(self.alias)
        if self.writers_queue is not None:
            self.writers_queue.leave()
