"""The catalog's own word on how far the chain goes, and whether it may go on."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import transaction

from legalhold.archive import JournalHead as ChainHead
from legalhold.archive import canonical_json
from legalhold.database import rows
from legalhold.database.fields import to_micros
from legalhold.journal.errors import JournalFrozen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


LOSSES_TOLD: Final = 20
"""Of so many losses every one is kept in words; the digest names all."""


class HeadState(NamedTuple):
    """The newest object that the catalog knows to be durable, and why it is frozen, or an empty text."""

    head: ChainHead
    frozen_because: str


def state() -> HeadState:
    """Return the head as it is committed now."""
    sequence, digest, because = rows.fetch(
        "SELECT sequence, digest, frozen_because FROM journal_journalhead WHERE id = 1"
    )[0]
    return HeadState(ChainHead(int(sequence), bytes(digest)), str(because))


def require_unfrozen() -> ChainHead:
    """Return the head. Raises ``JournalFrozen`` with the reason and what to do."""
    head, because = state()
    if because:
        raise JournalFrozen(f"the journal is frozen: {because}")
    return head


def advance(*, previous: ChainHead, head: ChainHead, ids: Sequence[int]) -> bool:
    """Say in one transaction that the object ``head`` holds the rows ``ids``; False if another flusher has said so."""
    with transaction.atomic(durable=True):
        changed = rows.execute(
            "UPDATE journal_journalhead SET sequence = %s, digest = %s WHERE id = 1 AND sequence = %s AND digest = %s",
            [head.sequence, head.digest, previous.sequence, previous.digest],
        )
        if changed:
            rows.execute(
                f"UPDATE journal_outboxentry SET sequence = %s WHERE sequence IS NULL AND {rows.any_id('id')}",
                [head.sequence, rows.ids(ids)],
            )
    return bool(changed)


def freeze(*, because: str) -> None:
    """Let nothing be appended, acknowledged or destroyed from now on; a first reason stands until it is confirmed."""
    with transaction.atomic():
        rows.execute(
            "UPDATE journal_journalhead SET frozen_because = %s WHERE id = 1 AND frozen_because = ''", [because]
        )


def note_rebuild(*, at: datetime, losses: Sequence[str]) -> None:
    """Say that the catalog was made from the archive, and what (a sentence each) the archive didn't give."""
    digest = sha256(canonical_json(list(losses))).hexdigest() if losses else ""
    rows.execute(
        "UPDATE journal_journalhead SET rebuilt_at = %s, losses = %s, losses_digest = %s WHERE id = 1",
        [to_micros(at), _told(losses), digest],
    )


def _told(losses: Sequence[str]) -> str:
    left = len(losses) - LOSSES_TOLD
    return "; ".join([*losses[:LOSSES_TOLD], *([f"and {left} more"] if left > 0 else [])])


def set_head(*, head: ChainHead, because: str) -> None:
    """Take ``head`` for the catalog's own and set or end (empty ``because``) the freeze."""
    with transaction.atomic():
        rows.execute(
            "UPDATE journal_journalhead SET sequence = %s, digest = %s, frozen_because = %s WHERE id = 1",
            [head.sequence, head.digest, because],
        )
