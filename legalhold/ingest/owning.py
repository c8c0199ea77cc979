"""One ingest of a source at a time: a lock that the kernel or the server drops when its owner's process is gone."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from legalhold.database import turns

if TYPE_CHECKING:
    from collections.abc import Iterator


class SourceBusy(Exception):
    """Another ingest of the source is running."""


@contextmanager
def owning(*, source_id: int, name: str) -> Iterator[None]:
    """Own the capture of a source for the block. Raises SourceBusy at once if another process or thread does."""
    with turns.attempt(name=f"ingest-{source_id}") as is_mine:
        if not is_mine:
            raise SourceBusy(f"another ingest of source {name!r} is running; wait until it has ended")
        yield
