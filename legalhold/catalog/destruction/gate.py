"""The gate itself: the only place that holds the token the triggers ask for, and the only caller of ``Store.delete``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from legalhold.archive.failpoints import hit, register
from legalhold.database import gate, guard

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def unlink_file(*, archive: Archive, name: str) -> None:
    """Remove a condemned pack's file; one that is gone already is no error."""
    hit("unlink.before_delete")
    archive.store.delete(name=name)
    hit("unlink.after_delete")
