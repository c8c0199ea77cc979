"""The main job, step by step by the services, with everything that must hold after each step checked against the inputs."""
from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from django.core.management import call_command

from exports.models import ExportFile
from exports.queries import open_export
from exports.services import create_export_of_hold
from exports.writers.folder import write_folder
from exports.writers.verify import verify_folder, verify_tree
from legalhold.approvals.confirmation import Confirmation
from legalhold.catalog import destruction
from legalhold.catalog.models import CompactionRun, Content, ItemFacts, Snapshot, Source, Tombstone, Version
from legalhold.catalog.reading import listing, open_content
from legalhold.custodians.queries import find_custodian
from legalhold.database import rows
from legalhold.holds.queries import coverage
from legalhold.holds.services import Targets, draft_hold, place_hold
from legalhold.ingest.services import IngestRequest, VanishedShare, ingest
from legalhold.matters.access import system_access
from legalhold.matters.services import create_matter
from legalhold.retention.services import ProfileNumbers, expire_snapshots, set_profile
from legalhold.review import searching
from legalhold.review.indexing import drop_destroyed, index_pending
from tests.journeys.books import Books, digests
from tests.journeys.packed import all_facts, indexed_words, read_packs
from tests.journeys.places import STAGES, Place, Unit, scanned

if TYPE_CHECKING:
    from pathlib import Path

    from legalhold.archive import Archive

HELD, OTHER = "alice@example.com", "bob@example.org"
HOLD = "Northgate claim"
NEWEST_ONLY = ProfileNumbers(keep_all_days=0, keep_last=1)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Whose data it is. ``late`` is a mailbox found after the hold was placed; ``published`` the digests of held mails."""

    held: tuple[Place, ...]
    other: tuple[Place, ...]
    late: Place
    published: tuple[str, ...]


class MainJob:
    """One organisation with two custodians, of whom one is on hold."""

    def __init__(self, *, inputs: Inputs, archive: Archive, clock, folder: Path) -> None:
        self.inputs, self.archive, self.clock, self.folder = inputs, archive, clock, folder
        self.access = system_access(actor="system:tester")
        self.books = {HELD: Books(), OTHER: Books()}
        self.known: set[str] = set()
        self.figures: dict[str, float] = {}

    def capture_all(self, *, stages=STAGES) -> None:
        """Capture every place of both at each stage, with a day between two."""
        for stage in stages:
            self.clock.advance(timedelta(days=1))
            for person, places in ((HELD, self.inputs.held), (OTHER, self.inputs.other)):
                for place in places:
                    self.capture(person, place, stage)
        index_pending(at=self.clock())

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
        assert ledger["items_found"] == captured + sum(ledger[name] for name in ("unchanged", "excluded", "not_captured"))
        self.known |= {item.digest for item in shown}
        assert self.shown_by(source) == {(str(source.key), item.folder, item.key, item.digest) for item in shown}
        return source

    def _ingest(self, person: str, place: Place, path: Path):
        self.clock.advance(timedelta(minutes=1))
        request = IngestRequest(
            path=path, custodian=person, source=place.name, format=place.format, create=True, collected_by="IT"
        )
        try:
            return ingest(request=request, archive=self.archive, access=self.access, now=self.clock)
        except VanishedShare as asked:
            assert (asked.report.state, asked.report.ledger["closed"]) == ("partial", _replaced(place))
            self.clock.advance(timedelta(minutes=1))
            request = replace(request, confirm=asked.digest)
            again = ingest(request=request, archive=self.archive, access=self.access, now=self.clock)
            captured = {name: asked.report.ledger[name] for name in ("captured_new", "captured_known")}
            assert (again.state, again.ledger["captured_new"]) == ("complete", 0)
            # What was new was captured by the partial snapshot before, so the two ledgers are read as one.
            unchanged = again.ledger["unchanged"] - sum(captured.values())
            return replace(again, ledger={**again.ledger, **captured, "unchanged": unchanged})

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
        entries = {(str(UUID(str(key))), bytes(path), bytes(item), bytes(digest).hex()) for key, path, item, digest in found}
        return {entry for entry in entries if entry[0] in self.books[person].sources}

    def place_hold(self) -> None:
        """Put the first custodian on hold; coverage names exactly their sources and counts all that was ever captured."""
        self.matter = create_matter(name="Northgate v. Harbour", zone="Europe/Berlin", access=self.access, at=self.clock())
        self.hold = draft_hold(matter=self.matter, name=HOLD, access=self.access, at=self.clock())
        targets = Targets(custodians=[find_custodian(text=HELD)])
        placed = place_hold(hold=self.hold, targets=targets, archive=self.archive, access=self.access, at=self.clock())
        self.hold = placed.hold
        self.check_coverage()

    def check_coverage(self) -> None:
        """Coverage counts, by source, the versions that the books have, and finds no gap."""
        table = coverage(hold=self.hold, at=self.clock(), access=self.access)
        held = {str(row.source.key): (row.held.items, row.gap) for row in table}
        counted = Counter(entry[0] for entry in self.books[HELD].ever)
        assert held == {key: (number, "") for key, number in counted.items()}

    def expire(self) -> None:
        """Expire all but the newest snapshot of every source."""
        self.clock.advance(timedelta(days=2))
        set_profile(name="Newest only", numbers=NEWEST_ONLY, is_default=True, access=self.access, at=self.clock())
        expire_snapshots(access=self.access, at=self.clock())
        for source in Source.objects.filter(state=Source.State.ACTIVE):
            kept = Snapshot.objects.filter(source=source, expired_at=None)
            assert [one.sequence for one in kept] == [Snapshot.objects.filter(source=source).latest("sequence").sequence]

    def compact(self) -> CompactionRun:
        """Compact fully with no grace, agreeing to the plan; what was there is what is left plus what has a tombstone."""
        before, tombstones = Version.objects.count(), Tombstone.objects.count()
        reading, at = self.clock.reading(), self.clock()
        plan = destruction.plan(is_full=True, grace_seconds=0, reading=reading, at=at)
        run = destruction.execute(
            plan=plan, archive=self.archive, reading=reading, by=self.access.actor, at=at, catch_up=drop_destroyed,
            approval=Confirmation(plan.digest),
        )  # fmt: skip
        destroyed = len(plan.destroys)
        assert (run.state, run.counts.get("versions_destroyed", 0)) == ("completed", destroyed)
        assert (Version.objects.count(), Tombstone.objects.count()) == (before - destroyed, tombstones + destroyed)
        return run

    def expire_and_compact(self) -> None:
        """The other's removed items leave the catalog, the packs and the index; nothing else does."""
        held, other = self.books[HELD], self.books[OTHER]
        gone = digests(other.ever) - digests(held.ever | other.now)
        common = digests(other.ever - other.now) & digests(held.ever)
        words = self._words_of(gone) - self._words_of(self.known - gone)
        names = self._names_gone()
        before = read_packs(self.archive)
        assert gone and common and words and names and gone | common <= before.digests  # noqa: PT018 - all must be there to be lost
        assert [name for name in names if name not in before.manifests] == []

        self.expire()
        run = self.compact()

        assert self.in_catalog(HELD) == held.ever
        assert self.in_catalog(OTHER) == other.now
        assert run.counts["versions_destroyed"] == len(other.ever - other.now)
        self.check_packs(gone=gone)
        left = read_packs(self.archive)
        assert [name for name in names if name in left.manifests] == []
        self.check_index(words)
        self.check_newest_whole()
        self.figures |= {"packs before": before.size_bytes, "packs after": left.size_bytes, "gone": len(gone)}
        self.figures |= {"common": len(common), "words gone": len(words), "destroyed": run.counts["versions_destroyed"]}

    def check_packs(self, *, gone: set[str]) -> None:
        """The decrypted footers list nothing that is gone and all that is left; so does the catalog."""
        left = digests(self.books[HELD].ever | self.books[OTHER].now)
        found = read_packs(self.archive).digests
        assert gone & found == set()
        assert left - found == set()
        contents = {bytes(digest).hex() for (digest,) in rows.fetch("SELECT content_digest FROM catalog_content")}
        assert (gone & contents, left - contents) == (set(), set())

    def check_index(self, words: set[str]) -> None:
        """None of the words is indexed, found, or among the facts of an item; facts are of contents that are there."""
        assert words & indexed_words() == set()
        facts = all_facts()  # a long word isn't found in there as a piece of another
        assert [word for word in sorted(words) if len(word) > 12 and word in facts] == []
        assert set(ItemFacts.objects.values_list("pk", flat=True)) <= set(Content.objects.values_list("pk", flat=True))
        for word in sorted(word for word in words if word.isalpha() and len(word) > 4)[:20]:
            query = searching.read_query(text=word, windows=None, zone=UTC)
            assert searching.count(query=query).items == 0

    def check_newest_whole(self) -> None:
        """What the newest snapshots show can be read, and is byte for byte what was captured."""
        for entry in self.books[HELD].now | self.books[OTHER].now:
            data = b"".join(open_content(digest=bytes.fromhex(entry[3]), archive=self.archive))
            assert hashlib.sha256(data).hexdigest() == entry[3]

    def export(self) -> None:
        """Everything of the held custodian comes out as it went in, earlier versions included."""
        export = create_export_of_hold(
            hold=self.hold, name="All of Alice", archive=self.archive, access=self.access, at=self.clock()
        )
        self.tree = open_export(export=export, archive=self.archive, access=self.access)
        exported = self.books[HELD].exported
        counts = export.counts
        assert counts["collected"] == counts["exported"] == exported.total()
        assert (counts["duplicates"], counts["withheld"], counts["not_exported"]) == (0, 0, 0)
        files = ExportFile.objects.filter(export_id=export.pk).exclude(content_digest=None)
        assert Counter(bytes(row.content_digest).hex() for row in files) == exported
        folder = self.folder / "written"
        write_folder(tree=self.tree, folder=folder)
        assert (verify_tree(tree=self.tree).is_good, verify_folder(tree=self.tree, folder=folder).is_good) == (True, True)
        mails = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*.eml"))
        assert mails == sorted(self.inputs.published)
        exact = {bytes(row.content_digest).hex() for row in files.filter(form=ExportFile.Form.EXACT)}
        written = {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}
        assert exact - written == set()
        self.figures |= {"exported": counts["exported"], "mails exported": len(mails), "exact": len(exact)}

    def find_mailbox(self) -> None:
        """A mailbox of the held custodian that is captured only now is held from its first commit on, and stays whole."""
        source = self.capture(HELD, self.inputs.late, 1)
        self.check_coverage()
        self.refuse_removal(source)
        for stage in STAGES[1:]:
            self.capture(HELD, self.inputs.late, stage)
        index_pending(at=self.clock())
        self.expire()
        self.compact()
        assert self.in_catalog(HELD) == self.books[HELD].ever
        self.check_coverage()

    def refuse_removal(self, source: Source) -> None:
        """Removing a held source is refused by name, and changes nothing."""
        with pytest.raises(destruction.SourceHeld, match=HOLD):
            destruction.remove_source(
                source=source, archive=self.archive, approval=None, by=self.access.actor, at=self.clock()
            )
        source.refresh_from_db()
        assert source.state == Source.State.ACTIVE

    def remove_sources(self) -> None:
        """Removing the other's sources destroys the rest of theirs; the held custodian's can't be removed."""
        held, other = self.books[HELD], self.books[OTHER]
        rest = digests(other.now) - digests(held.ever)
        words = self._words_of(rest) - self._words_of(self.known - rest)
        for key in other.sources:
            source = Source.objects.get(key=key)
            approval = Confirmation(destruction.plan_removal(source=source).digest)
            destruction.remove_source(
                source=source, archive=self.archive, approval=approval, by=self.access.actor, at=self.clock()
            )
        for key in held.sources:
            self.refuse_removal(Source.objects.get(key=key))
        run = self.compact()
        assert run.counts["versions_destroyed"] == len(other.now)
        other.remove_sources()
        assert (self.in_catalog(HELD), self.in_catalog(OTHER)) == (held.ever, set())
        self.check_packs(gone=digests(other.ever) - digests(held.ever))
        self.check_index(words)
        self.check_newest_whole()
        assert verify_tree(tree=self.tree).is_good

    def capture_survivors(self, *, archive: Archive) -> MainJob:
        """Capture into another archive, with an empty catalog, only what the first compaction left."""
        call_command("flush", verbosity=0, interactive=False)
        fresh = MainJob(inputs=self.inputs, archive=archive, clock=self.clock, folder=self.folder)
        for stage in STAGES:
            self.clock.advance(timedelta(days=1))
            for place in self.inputs.held:
                fresh.capture(HELD, place, stage)
        for place in self.inputs.other:
            fresh.capture(OTHER, place, STAGES[-1])
        return fresh

    def _words_of(self, of: set[str]) -> set[str]:
        found = rows.fetch("SELECT v.id, c.content_digest FROM catalog_version v JOIN catalog_content c ON c.id = v.content_id")
        return indexed_words({pk for pk, digest in found if bytes(digest).hex() in of})

    def _names_gone(self) -> list[bytes]:
        """Return the file names that only destroyed items of the other's mailbox had."""
        mailbox: Place = next(place for place in self.inputs.other if place.format == "maildir")
        gone: list[Unit] = [unit for unit in mailbox.units if unit.last < STAGES[-1]]
        names = [unit.name.rpartition("/")[2].partition(":")[0].encode() for unit in gone]
        return [name for name in names if name != b".keep"]


def _opened(ledger: dict[str, int]) -> int:
    return sum(ledger[f"files_{name}"] for name in ("containers", "single", "excluded", "unreadable"))


def _replaced(place: Place) -> int:
    """A partial snapshot closes only what it saw with other bytes: here, the one file of an mbox."""
    return int(place.format == "mbox")
