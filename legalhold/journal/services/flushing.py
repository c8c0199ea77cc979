"""Writing the outbox into the archive's chain. An act is acknowledged only when this has returned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from legalhold.archive import JournalMoved
from legalhold.archive.failpoints import hit, register
from legalhold.database import turns
from legalhold.journal.services.adopting import TURN, catch_up, require_previous
from legalhold.journal.services.head import advance, require_unfrozen
from legalhold.journal.services.outbox import newest_unwritten, next_batch

if TYPE_CHECKING:
    from legalhold.archive import Archive
    from legalhold.journal.services.outbox import Waiting

register("journal.before_object", "journal.after_object", "journal.after_head")


def flush(*, archive: Archive) -> int:
    """Make everything committed before this call durable in the chain; return how many entries it wrote or found written.

    Called after the commit, never within a transaction. Raises ``JournalFrozen`` when there is something to write and
    nothing may be, ``JournalAhead`` when the archive has objects that this catalog never wrote, ``JournalBehind`` when it has
    lost the newest that this catalog has written, and the store's errors.
    """
    up_to = newest_unwritten()
    if up_to is None:
        return 0
    with transaction.atomic(durable=True):
        require_unfrozen()
    written = 0
    with turns.alone(name=TURN):
        while batch := next_batch(up_to=up_to):
            written += _write(archive, batch)
    return written


def _write(archive: Archive, batch: list[Waiting]) -> int:
    """Write one object. Two that write at once make one object: the store creates a name once, the other catches up."""
    previous = require_previous(archive=archive)
    hit("journal.before_object")
    try:
        head = archive.journal.append(
            previous=previous, entries=[waiting.entry for waiting in batch], random=archive.random
        )
    except JournalMoved:
        return catch_up(archive=archive)
    hit("journal.after_object")
    is_ours = advance(previous=previous, head=head, ids=[waiting.id for waiting in batch])
    hit("journal.after_head")
    return len(batch) if is_ours else 0
