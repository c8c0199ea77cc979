"""A cursor whose writes outside a transaction take a turn in the writers' queue like every other write.

Outside a transaction a connection is ``query_only``, so a write that would bypass the queue fails before it begins.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from django.db.backends.sqlite3 import base

from legalhold.database.errors import WriteOutsideTransaction

if TYPE_CHECKING:
    from legalhold.database.sqlite.queue import WritersQueue


class QueueingCursor(base.SQLiteCursorWrapper):
    """Django's cursor; a single statement that writes outside a transaction is its own transaction, in turn."""

    writers_queue: WritersQueue | None = None
    has_turn = False

    def execute(self, query: str, params: Any = None) -> Any:
        """Run one statement; if it was refused because it writes without a turn, run it again with one."""
        self._leave()
        try:
            return super().execute(query, params)
        except sqlite3.OperationalError as error:
            if not self._is_refused(error):
                raise
        return self._execute_in_turn(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        """Run one statement per row. Raises ``WriteOutsideTransaction``: a crash would leave it half done."""
        try:
            return super().executemany(query, param_list)
        except sqlite3.OperationalError as error:
            if not self._is_refused(error):
                raise
            raise WriteOutsideTransaction(
                "many rows written outside a transaction: use transaction.atomic()"
            ) from error

    def close(self) -> None:
        """Close the cursor, which ends its statement, and with it the turn."""
        super().close()
        self._leave()

    def _is_refused(self, error: sqlite3.OperationalError) -> bool:
        return error.sqlite_errorcode == sqlite3.SQLITE_READONLY and bool(self._pragma("query_only").fetchone()[0])

    def _execute_in_turn(self, query: str, params: Any) -> Any:
        assert self.writers_queue is not None
        self.writers_queue.enter()
        self.has_turn = True
        try:
            self._pragma("query_only = OFF")
            return super().execute(query, params)
        finally:
            self._pragma("query_only = ON")
            # Load-bearing: a statement with RETURNING commits only when its rows were read or its cursor is closed.
            if self.description is None:
                self._leave()

    def _leave(self) -> None:
        if self.has_turn and self.writers_queue is not None:
            self.has_turn = False
            self.writers_queue.leave()

    def _pragma(self, pragma: str) -> sqlite3.Cursor:
        return self.connection.execute(f"PRAGMA {pragma}")
