"""What is known of the journal: its head, whether it is frozen, and how much waits to be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Max

from legalhold.database import rows
from legalhold.journal.models import JournalHead, OutboxEntry
from legalhold.journal.services.head import state

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class JournalState:
    """The newest object the catalog knows to be durable (digest in hex), why it is frozen, and what waits."""

    sequence: int
    digest: str
    frozen_because: str
    unwritten: int


def journal_state() -> JournalState:
    """Return the journal's state as committed now."""
    head, because = state()
    unwritten = OutboxEntry.objects.filter(sequence=None).count()
    return JournalState(head.sequence, head.digest.hex(), because, unwritten)


def newest_entry() -> int:
    """Return the greatest number of an entry, durable or not; 0 where there is none."""
    return OutboxEntry.objects.aggregate(newest=Max("pk"))["newest"] or 0


@dataclass(frozen=True, slots=True)
class RebuildState:
    """When the catalog was made from the archive, None if it never was, and what was lost: in words, and the digest (hex)."""

    rebuilt_at: datetime | None
    losses: str
    losses_digest: str


def rebuild_state() -> RebuildState:
    """Return what the last rebuild left behind; without losses both texts are empty."""
    head = JournalHead.objects.get()
    return RebuildState(head.rebuilt_at, head.losses, head.losses_digest)


def losses_stand() -> bool:
    """Whether a rebuild didn't find everything that the journal names: then what nothing refers to may be what is lost."""
    return bool(rows.fetch("SELECT 1 FROM journal_journalhead WHERE losses_digest <> ''"))


def is_frozen() -> bool:
    """Whether nothing may be appended."""
    return bool(state().frozen_because)
