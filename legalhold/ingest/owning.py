"""One ingest of a source at a time: a lock that the kernel or the server drops when its owner's process is gone."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from django.db import connection

from legalhold.database import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

INGEST_LOCKS: Final = 0x4C48_494E
"""PostgreSQL's advisory locks of ingests ("LHIN"), one per source id."""


class SourceBusy(Exception):
    """Another ingest of the source is running."""


@contextmanager
def owning(*, source_id: int, name: str) -> Iterator[None]:
    """Own the capture of a source for the block. Raises SourceBusy at once if another process or thread does."""
    owned = _on_server(source_id) if rows.is_postgresql() else _by_file(source_id)
    with owned as is_mine:
        if not is_mine:
            raise SourceBusy(f"another ingest of source {name!r} is running; wait until it has ended")
        yield


@contextmanager
def _on_server(source_id: int) -> Iterator[bool]:
    params = [INGEST_LOCKS, source_id % 2**31]
    [[is_mine]] = rows.fetch("SELECT pg_try_advisory_lock(%s, %s)", params)
    try:
        yield bool(is_mine)
    finally:
        if is_mine and connection.is_usable():
            rows.fetch("SELECT pg_advisory_unlock(%s, %s)", params)


@contextmanager
def _by_file(source_id: int) -> Iterator[bool]:
    """The file stays: unlinking it would let two processes lock two files of one name."""
    fd = os.open(f"{connection.settings_dict['NAME']}.ingest-{source_id}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _try_lock(fd)
    finally:
        os.close(fd)


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
