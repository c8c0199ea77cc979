"""Captures by the real service, each checked against what the inputs are: its ledger, and what the snapshot shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from legalhold.catalog.models import Snapshot, Source
from legalhold.catalog.reading import listing
from legalhold.database import rows
from legalhold.ingest.services import IngestRequest, VanishedShare, ingest
from legalhold.matters.access import system_access
from legalhold.review.indexing import index_pending
from legalhold.review.models import IndexRow
from tests.journeys.books import Books
from tests.journeys.places import STAGES, Place, scanned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from legalhold.archive import Archive

HELD, OTHER = "alice@example.com", "bob@example.org"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Whose data it is. ``late`` is a mailbox found after the hold was placed; ``published`` the digests of held mails."""

    held: tuple[Place, ...]
    other: tuple[Place, ...]
    late: Place
    published: tuple[str, ...]


class Captures:
    """Two custodians' sources and what they showed, by the books. ``look`` is called between two items of an ingest."""

    def __init__(self, *, inputs: Inputs, archive: Archive, clock, folder: Path) -> None:
        self.inputs, self.archive, self.clock, self.folder = inputs, archive, clock, folder
        self.access = system_access(actor="system:tester")
        self.books = {HELD: Books(), OTHER: Books()}
        self.known: set[str] = set()
        self.figures: dict[str, float] = {}
        self.look: Callable[[], None] = lambda: None

    def capture_all(self, *, stages=STAGES) -> None:
        """Capture every place of both at each stage, with a day between two."""
        for stage in stages:
            self.clock.advance(timedelta(days=1))
            for person, places in ((HELD, self.inputs.held), (OTHER, self.inputs.other)):
                for place in places:
                    self.capture(person, place, stage)
        index_pending(at=self.clock())
        assert IndexRow.objects.count() == sum(books.exported.total() for books in self.books.values())

    def capture(self, person: str, place: Place, stage: int) -> Source:
        """Capture one place, agreeing to what has gone, and check its ledger and what the snapshot shows."""
        root = self.folder / person
        root.mkdir(parents=True, exist_ok=True)
        path = place.lay(root=root, stage=stage)
        shown, excluded = scanned(path, format=place.format)
        report = self._ingest(person, place, path)
        source = Source.objects.get(key=report.source_key)
        expected = self.books[person].capture(str(source.key), shown, excluded=excluded)
        ledger = dict(report.ledger)
        captured = ledger["captured_new"] + ledger["captured_known"]
        assert {**{name: ledger.get(name) for name in expected}, "captured": captured} == expected
        assert ledger["files_opened"] == place.files(stage=stage) == _opened(ledger)
        assert ledger["items_found"] == captured + sum(
            ledger[name] for name in ("unchanged", "excluded", "not_captured")
        )
        self.known |= {item.digest for item in shown}
        assert self.shown_by(source) == {(str(source.key), item.folder, item.key, item.digest) for item in shown}
        return source

    def _ingest(self, person: str, place: Place, path: Path):
        self.clock.advance(timedelta(minutes=1))
        request = IngestRequest(
            path=path, custodian=person, source=place.name, format=place.format, create=True, collected_by="IT"
        )
        try:
            return ingest(request=request, archive=self.archive, access=self.access, now=self.clock, stop=self.look)
        except VanishedShare as asked:
            return self._agree(request, asked)

    def _agree(self, request: IngestRequest, asked: VanishedShare):
        """Agree that so much is gone; until then the partial snapshot closed only what it saw with other bytes: an mbox."""
        assert (asked.report.state, asked.report.ledger["closed"]) == ("partial", int(request.format == "mbox"))
        assert [asked.report.ledger[f"captured_{what}"] for what in ("new", "known")] == [0, 0]
        self.clock.advance(timedelta(minutes=1))
        request = replace(request, confirm=asked.digest)
        again = ingest(request=request, archive=self.archive, access=self.access, now=self.clock)
        assert again.state == "complete"
        return again

    def shown_by(self, source: Source) -> set:
        """Return what the newest snapshot of a source shows."""
        newest = Snapshot.objects.filter(source=source).latest("sequence").sequence
        return {
            (str(source.key), one.folder, one.item_key, one.content_digest.hex())
            for one in listing(source_id=source.pk, sequence=newest)
        }

    def in_catalog(self, person: str) -> set:
        """Return every version that the catalog has of a custodian's sources."""
        found = rows.fetch(
            "SELECT s.key, f.path, v.item_key, c.content_digest FROM catalog_version v"
            " JOIN catalog_source s ON s.id = v.source_id JOIN catalog_folder f ON f.id = v.folder_id"
            " JOIN catalog_content c ON c.id = v.content_id"
        )
        entries = {
            (str(UUID(str(key))), bytes(path), bytes(item), bytes(digest).hex()) for key, path, item, digest in found
        }
        return {entry for entry in entries if entry[0] in self.books[person].sources}


def _opened(ledger: dict[str, int]) -> int:
    return sum(ledger[f"files_{name}"] for name in ("containers", "single", "excluded", "unreadable"))
