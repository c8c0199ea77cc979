"""What is known of the journal: its head, whether it is frozen, and how much waits to be written."""

from __future__ import annotations

from dataclasses import dataclass

from legalhold.journal.models import OutboxEntry
from legalhold.journal.services.head import state


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


def is_frozen() -> bool:
    """Whether nothing may be appended."""
    return bool(state().frozen_because)
