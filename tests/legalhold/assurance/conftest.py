"""A small organisation that does everything a journal tells of, and the loss of its database."""

from __future__ import annotations

import json
import random as randomness
import shutil
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection

from exports.models import Export, ExportFile
from exports.services import create_export
from legalhold.approvals.confirmation import ApprovalNeeded, Confirmation
from legalhold.archive import load_master_key, open_archive
from legalhold.assurance.confirming import confirm_head
from legalhold.assurance.rebuilding import rebuild
from legalhold.catalog import destruction
from legalhold.catalog.associations import add_member, associate, end_association, end_membership
from legalhold.catalog.dump import dump
from legalhold.catalog.identities import read_identities
from legalhold.catalog.models import (
    Content,
    ContentPart,
    ItemFacts,
    Pack,
    Part,
    Snapshot,
    Source,
    SourceCustodian,
    Version,
)
from legalhold.custodians.models import Custodian
from legalhold.custodians.parsing import parse_custodians
from legalhold.custodians.services import add_to_matter, create_group, import_custodians
from legalhold.database import counted, guard
from legalhold.holds.models import Hold, HoldRelease, HoldTarget
from legalhold.holds.services import (
    ScopeSpec,
    Targets,
    add_targets,
    apply_releases,
    cancel_release,
    draft_hold,
    place_hold,
    release_hold,
)
from legalhold.journal import services as journal
from legalhold.journal.errors import HeadNotConfirmed, JournalFrozen
from legalhold.matters.access import system_access
from legalhold.matters.models import Matter
from legalhold.matters.services import close_matter, create_matter
from legalhold.retention.models import ProfileAssignment
from legalhold.retention.services import ProfileNumbers, assign_profile, expire_snapshots, set_profile
from legalhold.review.indexing import drop_destroyed, index_pending
from legalhold.review.models import Collection, CollectionItem
from legalhold.review.services import collect
from tests.acting import agreeing
from tests.organisation import START, Organisation, card, file, mail
from webdav.models import Share
from webdav.services import extend_share, open_share, revoke_share

PEOPLE = b"email,name,employee_id\nalice@example.com,Alice Adams,E1\nbob@example.com,Bob Brown,E2\ncarol@example.com,Carol Clark,\n"
OURS = ("legalhold.", "exports", "webdav")


class House:
    """The organisation's services, as commands would call them."""

    def __init__(self, archive, clock, root) -> None:
        self.archive = archive
        self.clock = clock
        self.root = root
        self.access = system_access(actor="system:tester")
        self.captures = Organisation(archive)
        counted.tick(reading=clock.reading())

    def compact(self, *, is_full=False, grace_seconds=0):
        plan = destruction.plan(
            is_full=is_full,
            grace_seconds=grace_seconds,
            reading=self.clock.reading(),
            access=self.access,
            at=self.clock(),
        )
        return destruction.execute(
            plan=plan, archive=self.archive, reading=self.clock.reading(), access=self.access, at=self.clock(),
            catch_up=drop_destroyed, approval=Confirmation(plan.digest),
        )  # fmt: skip

    def confirmed(self, act, **given):
        with pytest.raises(ApprovalNeeded) as asked:
            act(**given, approval=None)
        return act(**given, approval=Confirmation(asked.value.digest))

    def person(self, address: str) -> Custodian:
        return Custodian.objects.get(addresses__address=address)

    def begin(self) -> None:
        """Matters, people, groups, sources and three captures of each."""
        given = {"access": self.access, "at": self.clock()}
        self.matter = create_matter(name="Smith v. Jones", zone="Europe/Berlin", **given)
        import_custodians(file=parse_custodians(data=PEOPLE, file="people.csv"), **given)
        self.alice, self.bob, self.carol = (self.person(f"{name}@example.com") for name in ("alice", "bob", "carol"))
        self.sources = {
            who: self.captures.source(getattr(self, who), name=f"{who}'s mailbox") for who in ("alice", "bob", "carol")
        }
        group = self.group = create_group(name="Sales", **given)
        with guard.exclusive():
            membership = add_member(group=group, custodian=self.bob, from_at=START, at=START)
            end_membership(membership=membership, to_at=self.clock(), at=self.clock())
            associate(source=self.sources["carol"], custodian=self.bob, from_at=START, at=START)
            ended = SourceCustodian.objects.get(source=self.sources["carol"], custodian=self.carol)
            end_association(association=ended, to_at=self.clock(), at=self.clock())
        add_to_matter(matter=self.matter, custodians=[self.alice, self.bob], **given)
        common = mail("Everybody")
        for who, source in self.sources.items():
            # As much of each pack stays as goes, so that some packs are rewritten and some keep what is dead in them.
            own = [mail(f"{who} {number}", attachment=f"{who}.pdf" if number else "") for number in range(6)]
            files = [file(f"C/{who}.bin", noise(who)), card(f"{who.title()} Somebody")]
            self.captures.capture(source, common, *own, *files, day=1)
            self.captures.capture(source, common, *own[:3], *files[:1], mail(f"{who} later"), day=20)
            self.captures.capture(source, common, own[0], files[0], mail(f"{who} latest", folder="Old/2024"), day=40)
        index_pending(at=self.clock())

    def hold(self) -> None:
        """A hold on Alice that was widened and narrowed, one that is released, one that cools off, one cancelled."""
        given = {"access": self.access, "archive": self.archive}
        self.held = self.place("Alice", self.alice, scopes=[ScopeSpec(), ScopeSpec(dated_from=START)])
        add_targets(hold=self.held, targets=Targets(groups=[self.group]), at=self.clock(), **given)
        bob = list(self.held.targets.exclude(group=None))
        self.release(self.held, targets=bob)
        ended = self.place("Ended", self.carol, matter=create_matter(name="Old", access=self.access, at=self.clock()))
        self.release(ended)
        self.clock.advance(timedelta(days=31))
        apply_releases(reading=self.clock.reading(), by="system:tester", at=self.clock())
        close_matter(matter=Matter.objects.get(name="Old"), access=self.access, at=self.clock())
        self.release(self.place("Cooling off", self.alice))
        cancelled = self.place("Cancelled", self.alice)
        self.release(cancelled)
        cancel_release(hold=cancelled, at=self.clock(), **given)
        self.draft("Draft")

    def draft(self, name, **columns):
        matter = columns.pop("matter", self.matter)
        return draft_hold(matter=matter, name=name, reason="a letter", access=self.access, at=self.clock(), **columns)

    def place(self, name, *custodians, **columns):
        return place_hold(
            hold=self.draft(name, **columns), targets=Targets(custodians=custodians), archive=self.archive,
            access=self.access, at=self.clock(),
        ).hold  # fmt: skip

    def release(self, hold, targets=None):
        given = {"reading": self.clock.reading(), "access": self.access, "at": self.clock()}
        return self.confirmed(release_hold, hold=hold, targets=targets, **given)

    def expire(self) -> None:
        """Everything but the newest snapshot of each source expires."""
        given = {"access": self.access, "at": self.clock()}
        short = agreeing(set_profile, name="Short", numbers=ProfileNumbers(keep_all_days=1), is_default=True, **given)
        agreeing(assign_profile, profile=short, custodian=self.bob, **given)
        expire_snapshots(**given)

    def export(self) -> None:
        """A collection, an export of it, and two shares of that, one extended and revoked."""
        given = {"access": self.access, "at": self.clock()}
        collection = collect(text="subject:alice", matter=self.matter, name="Found", archive=self.archive, **given)
        export = create_export(collection=collection, name="First", archive=self.archive, **given)
        ends_on = (self.clock() + timedelta(days=30)).date()
        for reader in ("Counsel", "Other"):
            opened = open_share(export=export, reader=reader, ends_on=ends_on, archive=self.archive, **given)
        later_on = ends_on + timedelta(days=1)
        extend_share(share=opened.share, ends_on=later_on, archive=self.archive, **given)
        revoke_share(share=opened.share, **given)

    def remove(self) -> None:
        """Carol's mailbox goes: nothing holds it."""
        source = self.sources["carol"]
        given = {"archive": self.archive, "access": self.access, "at": self.clock()}
        self.confirmed(destruction.remove_source, source=source, **given)

    def live(self) -> None:
        """All of it, in an order in which each act finds something to do."""
        self.begin()
        self.hold()
        self.expire()
        self.export()
        self.compact()
        self.remove()
        self.compact(is_full=True)
        self.captures.capture(self.sources["bob"], mail("After"), day=80)
        journal.flush(archive=self.archive)

    def lose(self) -> None:
        """The database is gone; an empty one and a newly opened archive take its place."""
        empty_every_table()
        self.archive = self.reopened()
        journal.adopt(archive=self.archive)

    def master(self):
        return load_master_key(f"file:{self.root / 'keys' / 'master.key'}", environ={})

    def reopened(self):
        return open_archive(root=self.root / "archive", master=self.master(), random=self.archive.random)

    def rebuild(self):
        done = rebuild(archive=self.archive, by="system:tester", at=self.clock(), progress=lambda _line: None)
        self.matter = Matter.objects.filter(name="Smith v. Jones").first()
        return done

    def confirm(self, digest: str | None = None, losses: str = "") -> None:
        digest = digest or self.archive.journal.head().digest.hex()
        confirm_head(archive=self.archive, digest=digest, losses=losses, access=self.access, at=self.clock())

    def refuses_to_confirm(self, digest: str) -> None:
        with pytest.raises(HeadNotConfirmed):
            self.confirm(digest)

    def refuses_everything(self) -> None:
        """Nothing is destroyed, removed, placed or shortened while the journal is frozen."""
        source = Source.objects.get(name="carol's mailbox")
        hold, matter = Hold.objects.filter(state="draft").first(), Matter.objects.get(name="Smith v. Jones")
        alice = self.person("alice@example.com")
        acts = [
            lambda: self.compact(is_full=True),
            lambda: self.draft("Another", matter=matter),
            lambda: self.confirmed(
                destruction.remove_source, source=source, archive=self.archive, access=self.access, at=self.clock()
            ),
            lambda: set_profile(
                name="Shortest", numbers=ProfileNumbers(), is_default=False, access=self.access, at=self.clock()
            ),
        ]
        if hold is not None:
            targets = Targets(custodians=[alice])
            acts.append(
                lambda: place_hold(
                    hold=hold, targets=targets, archive=self.archive, access=self.access, at=self.clock()
                )
            )
        for act in acts:
            with pytest.raises(JournalFrozen):
                act()

    def copy_archive(self):
        """Copy the archive's folder as it is now, and open the copy."""
        shutil.copytree(self.root / "archive", self.root / "older")
        return open_archive(root=self.root / "older", master=self.master(), random=self.archive.random)

    def become_database_of(self, archive) -> None:
        """Go back to the database that belongs to an older copy of the archive."""
        self.archive = archive
        empty_every_table()
        self.rebuild()
        self.confirm()

    def path(self, name: str):
        return self.root / "archive" / name

    def packs(self) -> list[str]:
        return list(self.archive.store.names(prefix="packs/"))

    def of(self, who: str):
        return Version.objects.filter(source_id__in=Source.objects.filter(name=f"{who}'s mailbox").values("pk"))

    def versions(self, found=None) -> list[str]:
        """What names versions in any database."""
        ids = (Version.objects.all() if found is None else found).values_list("pk", flat=True)
        return [identity.version_digest.hex() for identity in read_identities(versions=list(ids))]

    def contents(self):
        return Content.objects.order_by("pk")

    def manifest_of(self, who: str, sequence: int) -> bytes:
        snapshot = Snapshot.objects.get(source=self.sources[who], sequence=sequence)
        return bytes(Content.objects.get(pk=snapshot.manifest_content).content_digest)

    def pack_of(self, digest: bytes) -> str:
        content = Content.objects.get(content_digest=digest)
        part = Part.objects.get(pk=ContentPart.objects.filter(content_id=content.pk, ordinal=0).get().part_id)
        return Pack.objects.get(pk=part.pack_id).name

    def drop_trigger(self, table: str, name: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"DROP TRIGGER {name}" + (f" ON catalog_{table}" if connection.vendor == "postgresql" else "")
            )

    def verbs(self) -> set[str]:
        return {entry.verb for _, entries in self.archive.journal.verify() for entry in entries}

    def facts(self) -> dict[str, list]:
        """Everything that must come back: the catalog's own dump, and what the rooms above know."""
        return {"catalog": list(dump()), **{name: sorted(map(str, read())) for name, read in ABOVE.items()}}


HOLD = ("key", "matter__key", "name", "state", "reason", "placed_at", "released_at", "ended_at")
TARGET = ("hold__key", "custodian__key", "group__key", "source__key", "added_at", "removed_at")
RELEASE = ("key", "hold__key", "state", "pin_keys", "preview", "effective_at", "cancelled_at")
COLLECTION = ("key", "matter__key", "name", "state", "items", "size_bytes", "frozen_by")
EXPORT = ("key", "collection__key", "name", "state", "files", "size_bytes", "manifest_digest", "counts")
SHARE = ("key", "export__key", "user_name", "reader", "ends_at", "revoked_at")
ABOVE = {
    "matters": lambda: Matter.objects.values_list("key", "name", "zone", "opened_at", "closed_at", "holds_in_effect"),
    "holds": lambda: Hold.objects.values_list(*HOLD),
    "targets": lambda: HoldTarget.objects.values_list(*TARGET),
    "releases": lambda: HoldRelease.objects.values_list(*RELEASE),
    "assignments": lambda: ProfileAssignment.objects.values_list("profile__name", "custodian__key", "profile__key"),
    "collections": lambda: Collection.objects.values_list(*COLLECTION),
    "collected": lambda: [CollectionItem.objects.count()],
    "exports": lambda: [(*row[:6], bytes(row[6]), json.dumps(row[7], sort_keys=True)) for row in Export.objects.values_list(*EXPORT)],
    "files": lambda: [ExportFile.objects.count()],
    "shares": lambda: Share.objects.values_list(*SHARE),
    "facts": lambda: ItemFacts.objects.values_list("subject", "sender", "message_id", "sent_at", "attachments"),
}  # fmt: skip


def noise(who: str) -> bytes:
    """Bytes that don't compress, so that a pack which keeps them isn't rewritten for the rest."""
    return randomness.Random(who).randbytes(300_000)


def empty_every_table() -> None:
    """Leave every table of ours as migrations leave it."""
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.app_config.name.startswith(OURS)]
    with connection.cursor() as cursor:
        triggers = []
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
        for table in tables:
            cursor.execute(f'DELETE FROM "{table}"')
        cursor.execute("INSERT INTO database_guard (id, epoch) VALUES (1, 0)")
        cursor.execute(
            "INSERT INTO journal_journalhead (id, sequence, digest, frozen_because, losses, losses_digest)"
            " VALUES (1, 0, %s, '', '', '')",
            [bytes(32)],
        )
        for _, sql in triggers:
            cursor.execute(sql)
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def house(db, archive, clock, tmp_path) -> House:
    return House(archive, clock, tmp_path)
