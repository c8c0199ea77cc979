"""Writes down, item by item, what an ingest found and didn't capture; some rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from legalhold.catalog.capture.places import display_of, path_of
from legalhold.ingest.models import LedgerEntry

if TYPE_CHECKING:
    from legalhold.connectors import Folder
    from legalhold.ingest.models import Ingest

ENTRIES_AT_ONCE = 1_000


class EntryWriter:
    """Collects ledger entries of one ingest."""

    def __init__(self, *, ingest: Ingest) -> None:
        self._ingest = ingest
        self._pending: list[LedgerEntry] = []

    def add(self, *, folder: Folder, name: bytes, fate: str, reason: str, detail: str = "") -> None:
        """Take one entry, and write when there are many."""
        entry = LedgerEntry(
            ingest=self._ingest,
            folder=path_of(folder),
            name=name,
            fate=fate,
            reason=reason[:100],
            detail=display_of(detail.encode("utf-8", "backslashreplace")),
        )
        self._pending.append(entry)
        if len(self._pending) >= ENTRIES_AT_ONCE:
            with transaction.atomic():
                self.write()

    def write(self) -> None:
        """Write what is pending; joins the caller's transaction."""
        LedgerEntry.objects.bulk_create(self._pending, batch_size=ENTRIES_AT_ONCE)
        self._pending = []
