"""Named locks across processes, held without a transaction while slow work is done; a killed process gives them up.

On PostgreSQL they are a session's advisory locks, so a lost connection gives them up too: what is done inside must stay
right if two do it at once. Not reentrant.
"""

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
    """Wait until nobody else is in a block of this name, in any process of the installation, and hold it."""
    with _turn(name):
        yield


@contextmanager
def attempt(*, name: str) -> Iterator[bool]:
    """As ``alone``, without waiting: yields whether the turn is this block's."""
    with _turn(name, waits=False) as is_mine:
        yield is_mine


@contextmanager
def beside(*, name: str) -> Iterator[None]:
    """Hold a turn together with whoever else is beside: while any of them is, ``attempt`` yields False."""
    with _turn(name, is_shared=True):
        yield


@contextmanager
def _turn(name: str, *, waits: bool = True, is_shared: bool = False) -> Iterator[bool]:
    take = _advisory if connection.vendor == "postgresql" else _file
    with take(name, waits=waits, is_shared=is_shared) as is_mine:
        yield is_mine


@contextmanager
def _advisory(name: str, *, waits: bool, is_shared: bool) -> Iterator[bool]:
    number = int.from_bytes(sha256(b"legalhold turn\0" + name.encode()).digest()[:8], signed=True)
    kind = "_shared" if is_shared else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_{'' if waits else 'try_'}advisory_lock{kind}(%s)", [number])
        is_mine = waits or cursor.fetchone() == (True,)
    try:
        yield is_mine
    finally:
        if is_mine:
            _unlock(f"SELECT pg_advisory_unlock{kind}(%s)", number)


def _unlock(statement: str, number: int) -> None:
    # A session that was lost, or whose transaction has failed, can't give the lock back; the server does when it ends.
    with suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute(statement, [number])


@contextmanager
def _file(name: str, *, waits: bool, is_shared: bool) -> Iterator[bool]:
    """The file stays: unlinking it would let two processes lock two files of one name."""
    path = f"{connection.settings_dict['NAME']}.{name}"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _lock(fd, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | (0 if waits else fcntl.LOCK_NB))
    finally:
        os.close(fd)


def _lock(fd: int, how: int) -> bool:
    try:
        fcntl.flock(fd, how)
    except BlockingIOError:
        return False
    return True
