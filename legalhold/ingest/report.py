"""What an ingest says when it has ended, as a value and as text: what was not captured comes first, even when it is 0."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from legalhold.approvals.figures import count
from legalhold.catalog.capture import CAPTURED_KNOWN, CAPTURED_NEW, UNCHANGED
from legalhold.catalog.owners import titled
from legalhold.ingest.ledger import (
    EXCEPTION,
    EXCLUDED,
    FILES_OPENED,
    ITEMS_FOUND,
    NOT_CAPTURED,
    OPENED_AS,
    REASON,
    RULE,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from legalhold.catalog.capture import Vanished


@dataclass(frozen=True, slots=True)
class IngestReport:
    """How an ingest ended. ``state`` is complete or partial; ``unconfirmed`` is what vanished and nobody has confirmed.

    ``custodians`` are those whose the source is now, by name; ``format`` is what it was read as.
    """

    key: UUID
    source_key: UUID
    source: str
    sequence: int
    state: str
    is_interrupted: bool
    ledger: Mapping[str, int]
    unconfirmed: Vanished | None
    custodians: tuple[str, ...]
    taken_at: datetime
    format: str

    def lines(self) -> Iterator[str]:
        """Yield the report as text."""
        ledger = self.ledger
        title = titled(name=self.source, custodians=self.custodians)
        taken = f"{self.taken_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        yield f"snapshot {self.sequence:,} of {title}, taken {taken}, read as {self.format}: {self.state}"
        if not self.custodians:
            yield (
                "the source is nobody's, so holds on people don't reach it:"
                f" `source associate {self.source_key} --custodian WHO` says whose it is"
            )
        if self.is_interrupted:
            yield "interrupted: what was captured until then is kept, nothing was taken as gone; run it again to go on"
        yield f"not captured: {ledger[NOT_CAPTURED]:,}"
        yield from _by_code(ledger, REASON)
        yield f"excluded: {ledger[EXCLUDED]:,}"
        yield from _by_code(ledger, RULE)
        yield (
            f"items found {ledger[ITEMS_FOUND]:,} = captured {ledger[CAPTURED_NEW]:,} (new content)"
            f" + captured {ledger[CAPTURED_KNOWN]:,} (content already stored; reference kept)"
            f" + unchanged {ledger[UNCHANGED]:,} + excluded {ledger[EXCLUDED]:,} + not captured {ledger[NOT_CAPTURED]:,}"
        )
        opened = " + ".join(
            f"{name} {ledger[column]:,}" for name, column in zip(_OPENED, OPENED_AS.values(), strict=True)
        )
        yield f"files opened {ledger[FILES_OPENED]:,} = {opened}"
        yield f"no longer shown: {count(ledger['closed'], 'version')} closed"
        marked = sum(number for name, number in ledger.items() if name.startswith(EXCEPTION))
        yield f"exceptions (kept, but not fully readable): {marked:,}"
        yield from _by_code(ledger, EXCEPTION)


_OPENED = ("containers", "single items", "excluded", "unreadable")


def _by_code(ledger: Mapping[str, int], prefix: str) -> Iterator[str]:
    for name, number in sorted(ledger.items()):
        if name.startswith(prefix):
            yield f"  {name.removeprefix(prefix)}: {number:,}"
