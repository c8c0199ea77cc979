"""Disks that have no room, as the system says it."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from legalhold.archive import failpoints

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def full_archive_disk() -> Iterator[None]:
    """Let every write of an object fail for want of room, until the end."""

    def refuse() -> None:
        failpoints.arm(name="store.before_write", action=refuse)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    failpoints.arm(name="store.before_write", action=refuse)
    try:
        yield
    finally:
        failpoints.disarm()
