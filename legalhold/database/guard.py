"""The lock that orders holds against destruction, and the epoch that counts them.

What widens protection takes it exclusive, destroying batches take it shared. It is the first statement of its
transaction, and the statement that destroys comes after it, so that it sees every hold whose placing has returned.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, connections, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

GUARD_LOCK = 0x4C48_4755_4152_4401
"""PostgreSQL's advisory lock for the guard: "LHGUARD" and a version."""


@contextmanager
def exclusive(*, using: str = DEFAULT_DB_ALIAS) -> Iterator[int]:
    """Open a transaction that holds the guard alone; yields the new epoch. Waits for batches that run, no longer."""
    with transaction.atomic(using=using, durable=True), connections[using].cursor() as cursor:
        if connections[using].vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [GUARD_LOCK])
        cursor.execute("UPDATE database_guard SET epoch = epoch + 1 WHERE id = 1 RETURNING epoch")
        yield int(cursor.fetchone()[0])


@contextmanager
def shared(*, using: str = DEFAULT_DB_ALIAS) -> Iterator[int]:
    """Open a transaction that holds the guard with other batches; yields the epoch.

    On SQLite the writers' queue is the guard: batches run one after the other.
    """
    with transaction.atomic(using=using, durable=True), connections[using].cursor() as cursor:
        if connections[using].vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [GUARD_LOCK])
        cursor.execute("SELECT epoch FROM database_guard WHERE id = 1")
        yield int(cursor.fetchone()[0])
