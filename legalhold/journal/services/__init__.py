"""Appending to the outbox, writing it into the archive's chain, and refusing where catalog and archive disagree."""

from legalhold.journal.services.acknowledging import acknowledge
from legalhold.journal.services.adopting import AdoptResult, adopt, confirm, require_equal_heads, take_head
from legalhold.journal.services.flushing import flush
from legalhold.journal.services.head import freeze, note_rebuild
from legalhold.journal.services.outbox import append, append_all

__all__ = [
    "AdoptResult",
    "acknowledge",
    "adopt",
    "append",
    "append_all",
    "confirm",
    "flush",
    "freeze",
    "note_rebuild",
    "require_equal_heads",
    "take_head",
]
