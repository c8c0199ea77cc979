"""The transaction-local token without which triggers refuse every destroying statement. Only the catalog's gate opens it."""
from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.transaction import TransactionManagementError

if TYPE_CHECKING:
    from collections.abc import Iterator
from contextlib import contextmanager
from threading import local

_tokens = local()


def is_open(alias: str) -> bool:
    """Whether this thread's transaction holds the token (asked by SQLite's triggers)."""
    return bool(getattr(_tokens, alias, False))


def close(alias: str) -> None:
    """Take the token back; called by the SQLite backend at the end of every transaction, however it ended."""
    setattr(_tokens, alias, False)


@contextmanager
def opened(*, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Hold the token for the block, inside a transaction; on PostgreSQL the server drops it with the transaction."""
    connection = connections[using]
    if not connection.in_atomic_block:
        raise TransactionManagementError("the gate opens only inside a transaction")
    _switch(using, is_on=True)
    try:
        yield
    finally:
        if not connection.needs_rollback:
            _switch(using, is_on=False)
        close(using)


def _switch(alias: str, *, is_on: bool) -> None:
    connection = connections[alias]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('legalhold.gate', %s, true)", ["open" if is_on else ""])
    else:
        setattr(_tokens, alias, is_on)
