"""A named lock for one worker at a time across processes, held without a transaction while slow work is done."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def alone(*, name: str) -> Iterator[None]:
    """Wait until nobody else is in a block of this name, in any process of the installation, and hold it.

    A killed process gives it up. Not reentrant. On PostgreSQL it is a session's advisory lock, so a lost connection
    gives it up too: what is done inside must stay right if two do it at once.
    """
    if connection.vendor == "postgresql":
        with _advisory(name):
            yield
    else:
        with _file(f"{connection.settings_dict['NAME']}.{name}"):
            yield


@contextmanager
def _advisory(name: str) -> Iterator[None]:
    number = int.from_bytes(sha256(b"legalhold turn\0" + name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [number])
    try:
        yield
    finally:
        _unlock(number)


def _unlock(number: int) -> None:
    # A session that was lost, or whose transaction has failed, can't give the lock back; the server does when it ends.
    with suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


@contextmanager
def _file(path: str) -> Iterator[None]:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
