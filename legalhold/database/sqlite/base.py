"""The embedded database: every transaction queues fairly, commits durably, and checkpoints only in its own turn."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db.backends.sqlite3 import base

from legalhold.database import gate
from legalhold.database.errors import DatabaseUnusable
from legalhold.database.forking import forget_in_children
from legalhold.database.sqlite.checkpoint import CHECKPOINT_BYTES, Checkpointer
from legalhold.database.sqlite.cursor import QueueingCursor
from legalhold.database.sqlite.queue import WritersQueue

if TYPE_CHECKING:
    import sqlite3

PRAGMAS = (
    "PRAGMA synchronous = FULL",  # NORMAL may lose acknowledged commits when the power fails
    "PRAGMA wal_autocheckpoint = 0",  # before 3.51.3 a checkpoint that races a commit can corrupt the log
    f"PRAGMA journal_size_limit = {CHECKPOINT_BYTES // 2}",  # else the log keeps its greatest length and is always due
    "PRAGMA recursive_triggers = ON",  # else INSERT OR REPLACE deletes rows past the triggers that refuse it
    "PRAGMA mmap_size = 0",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",
)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite connection, with ``BEGIN IMMEDIATE`` behind a fair queue; no write gets past it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.writers_queue: WritersQueue | None = None
        self.checkpointer: Checkpointer | None = None
        forget_in_children(self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        """Return a connection with our pragmas and the gate's function, without which its triggers refuse everything.

        Raises ``DatabaseUnusable`` naming the folder or file that is missing, or that we may not write to.
        """
        is_file = not self.is_in_memory_db()
        path = str(conn_params["database"])
        if is_file:
            require_usable(Path(path))
            _create_private(path)
            self.writers_queue = WritersQueue(path=f"{path}.writers")
            self.checkpointer = Checkpointer(log_path=f"{path}-wal")
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        self._prepare(connection)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:  # noqa: ARG002 Django's signature
        """Return a cursor that queues for a single write outside a transaction."""
        cursor = self.connection.cursor(factory=QueueingCursor)
        cursor.writers_queue = self.writers_queue
        return cursor

    def _prepare(self, connection: sqlite3.Connection) -> None:
        for pragma in PRAGMAS:
            connection.execute(pragma).close()
        connection.create_function("legalhold_gate_open", 0, lambda: int(gate.is_open(self.alias)))
        if self.writers_queue is not None:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                _switch_to_log(connection, self.writers_queue)
            connection.execute("PRAGMA query_only = ON").close()

    def _start_transaction_under_autocommit(self) -> None:
        if self.writers_queue is None:
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # not in the stubs
            return
        self.writers_queue.enter()
        try:
            self.connection.execute("PRAGMA query_only = OFF").close()
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # not in the stubs
        except BaseException:
            self._leave_queue()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc] # not in the stubs
        try:
            if self.checkpointer is not None and self.writers_queue is not None and self.writers_queue.is_held:
                self.checkpointer.run_if_due(self.connection)
        finally:
            self._leave_queue()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc] # not in the stubs
        finally:
            self._leave_queue()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc] # not in the stubs
        finally:
            gate.close(self.alias)
            if self.writers_queue is not None:
                self.writers_queue.leave()

    def _leave_queue(self) -> None:
        gate.close(self.alias)
        if self.writers_queue is not None and self.writers_queue.is_held:
            try:
                self.connection.execute("PRAGMA query_only = ON").close()
            finally:
                self.writers_queue.leave()


def require_usable(path: Path) -> None:
    """Raise ``DatabaseUnusable`` unless the database at ``path`` can be opened, or created, and written."""
    folder = path.parent
    if not folder.is_dir():
        raise DatabaseUnusable(
            f"the database's folder {folder} doesn't exist or isn't a folder: set LEGALHOLD_HOME or DATABASE_URL"
        )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise DatabaseUnusable(
            f"the database's folder {folder} can't be written to by this user: change its owner or mode"
        )
    if path.exists() and not (path.is_file() and os.access(path, os.R_OK | os.W_OK)):
        raise DatabaseUnusable(f"the database {path} is no file that this user can write: change its owner or mode")


def _create_private(path: str) -> None:
    """Create the file, if it is missing, for its owner alone; SQLite gives the files beside it the same mode."""
    # load-bearing: not by opening it. Closing any descriptor of the file drops this process's locks on the database.
    with suppress(FileExistsError):
        os.mknod(path, 0o600)


def _switch_to_log(connection: sqlite3.Connection, queue: WritersQueue) -> None:
    """Turn a new database to a write-ahead log, in turn: of two that switch at once one would fail at once."""
    queue.enter()
    try:
        connection.execute("PRAGMA journal_mode = WAL").close()
    finally:
        queue.leave()
