"""The main job, step by step by the services, with everything that must hold after each step checked against the inputs."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from exports.models import ExportFile
from exports.queries import open_export
from exports.services import create_export_of_hold
from exports.writers.folder import write_folder
from exports.writers.verify import verify_folder, verify_tree
from legalhold.approvals.confirmation import Confirmation
from legalhold.catalog import destruction
from legalhold.catalog.held import reaches_source
from legalhold.catalog.models import CompactionRun, Content, ItemFacts, Pin, Snapshot, Source, Tombstone, Version
from legalhold.catalog.reading import open_content
from legalhold.custodians.queries import find_custodian
from legalhold.database import rows
from legalhold.holds.queries import coverage
from legalhold.holds.services import Targets, draft_hold, place_hold
from legalhold.matters.services import create_matter
from legalhold.retention.services import ProfileNumbers, expire_snapshots, set_profile
from legalhold.review import searching
from legalhold.review.indexing import drop_destroyed, index_pending
from tests.acting import agreeing
from tests.journeys.books import digests
from tests.journeys.capturing import HELD, OTHER, Captures
from tests.journeys.packed import all_facts, indexed_words, read_packs
from tests.journeys.places import STAGES, Place, Unit

if TYPE_CHECKING:
    from legalhold.archive import Archive

HOLD = "Northgate claim"
NEWEST_ONLY = ProfileNumbers(keep_all_days=0, keep_last=1)


class MainJob(Captures):
    """One organisation with two custodians, of whom one is put on hold."""

    def place_hold(self) -> None:
        """Put the first custodian on hold; coverage names exactly their sources and counts all that was ever captured."""
        self.matter = create_matter(
            name="Northgate v. Harbour", zone="Europe/Berlin", access=self.access, at=self.clock()
        )
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
        agreeing(
            set_profile, name="Newest only", numbers=NEWEST_ONLY, is_default=True, access=self.access, at=self.clock()
        )
        expire_snapshots(access=self.access, at=self.clock())
        for source in Source.objects.filter(state=Source.State.ACTIVE):
            kept = Snapshot.objects.filter(source=source, expired_at=None)
            assert [one.sequence for one in kept] == [
                Snapshot.objects.filter(source=source).latest("sequence").sequence
            ]

    def compact(self) -> CompactionRun:
        """Compact fully with no grace, agreeing to the plan; what was there is what is left plus what has a tombstone."""
        before, tombstones = Version.objects.count(), Tombstone.objects.count()
        reading, at = self.clock.reading(), self.clock()
        plan = destruction.plan(is_full=True, grace_seconds=0, reading=reading, access=self.access, at=at)
        run = destruction.execute(
            plan=plan, archive=self.archive, reading=reading, access=self.access, at=at, catch_up=drop_destroyed,
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
        assert (verify_tree(tree=self.tree).is_good, verify_folder(tree=self.tree, folder=folder).is_good) == (
            True,
            True,
        )
        mails = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*.eml"))
        assert mails == sorted(self.inputs.published)
        exact = {bytes(row.content_digest).hex() for row in files.filter(form=ExportFile.Form.EXACT)}
        written = {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}
        assert exact - written == set()
        self.figures |= {"exported": counts["exported"], "mails exported": len(mails), "exact": len(exact)}

    def find_mailbox(self) -> None:
        """A mailbox of the held custodian that is captured only now is held from its first commit on, and stays whole."""
        reached: list[bool] = []
        self.look = lambda: reached.append(self._is_reached(self.inputs.late.name))
        source = self.capture(HELD, self.inputs.late, 1)
        assert reached and all(reached)  # noqa: PT018 - asked between the items of the first capture
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
                source=source, archive=self.archive, approval=None, access=self.access, at=self.clock()
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
            approval = Confirmation(destruction.plan_removal(source=source, access=self.access).digest)
            destruction.remove_source(
                source=source, archive=self.archive, approval=approval, access=self.access, at=self.clock()
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

    def _is_reached(self, name: str) -> bool:
        """Whether the hold reaches a source that is just being captured for the first time."""
        source = Source.objects.get(name=name)
        labels = Pin.objects.filter(pk__in=[pk for (pk,) in rows.fetch(reaches_source(source=str(source.pk)))])
        return list(labels.values_list("label", flat=True)) == [HOLD]

    def _words_of(self, of: set[str]) -> set[str]:
        found = rows.fetch(
            "SELECT v.id, c.content_digest FROM catalog_version v JOIN catalog_content c ON c.id = v.content_id"
        )
        return indexed_words({pk for pk, digest in found if bytes(digest).hex() in of})

    def _names_gone(self) -> list[bytes]:
        """Return the file names that only destroyed items of the other's mailbox had."""
        mailbox: Place = next(place for place in self.inputs.other if place.format == "maildir")
        gone: list[Unit] = [unit for unit in mailbox.units if unit.last < STAGES[-1]]
        names = [unit.name.rpartition("/")[2].partition(":")[0].encode() for unit in gone]
        return [name for name in names if name != b".keep"]
