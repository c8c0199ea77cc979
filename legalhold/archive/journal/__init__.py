"""The archive's own chained record. docs/format/journal.md gives every byte. Knows no verb and no payload."""

from legalhold.archive.journal.chain import JournalBroken, JournalChain, JournalMoved
from legalhold.archive.journal.layout import EMPTY_HEAD, JournalEntry, JournalHead

__all__ = ["EMPTY_HEAD", "JournalBroken", "JournalChain", "JournalEntry", "JournalHead", "JournalMoved"]
