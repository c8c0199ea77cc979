"""The transaction-local token without which triggers refuse what destroys. Only the catalog's gate opens it."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from threading import local
from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.transaction import TransactionManagementError

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    except BaseException:
        # A statement may have failed and its transaction can do no more; the server drops the token with it. Whatever
        # this one says must not hide what went wrong.
        with suppress(DatabaseError):
            _switch(using, is_on=False)
        raise
    else:
        if not connection.needs_rollback:
            _switch(using, is_on=False)
    finally:
        close(using)


def _switch(alias: str, *, is_on: bool) -> None:
    connection = connections[alias]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('legalhold.gate', %s, true)", ["open" if is_on else ""])
    else:
        setattr(_tokens, alias, is_on)
