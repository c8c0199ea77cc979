"""The gate itself: the only place that holds the token the triggers ask for, and the only caller of ``Store.delete``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from legalhold.archive.failpoints import hit, register
from legalhold.catalog.leases import WRITING_LEASE
from legalhold.database import gate, guard
from legalhold.journal.queries import losses_stand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from legalhold.archive import Archive

register("unlink.before_delete", "unlink.after_delete")


@contextmanager
def destroying() -> Iterator[int]:
    """Open one destroying transaction: the guard shared with other batches, then the token. Yields the guard's epoch."""
    with guard.shared() as epoch, gate.opened():
        yield epoch


@contextmanager
def narrowing() -> Iterator[None]:
    """Hold the token inside the caller's transaction, to end a pin or give up a source."""
    with gate.opened():
        yield


def discard_unfinished(*, archive: Archive, at: datetime) -> int:
    """Remove what processes that are gone left of writing objects, and return how much; heads are compared before.

    It may hold whole packs, readable for ever though everything in them is destroyed. Whoever still writes has changed
    theirs within the lease of a pack that is being written. While a rebuild's losses stand, all of it stays.
    """
    if losses_stand():
        return 0
    given_up = (at - WRITING_LEASE).timestamp()
    left = [each for each in archive.store.unfinished() if each.changed_at < given_up]
    for each in left:
        archive.store.discard(unfinished=each)
    return len(left)


def unlink_file(*, archive: Archive, name: str) -> None:
    """Remove a condemned pack's file; one that is gone already is no error."""
    hit("unlink.before_delete")
    archive.store.delete(name=name)
    hit("unlink.after_delete")
