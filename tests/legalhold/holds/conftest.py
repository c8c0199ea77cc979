"""A matter with a drafted hold, and people with sources whose versions are rows made by hand."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest

from legalhold.accounts.roles import PERMISSIONS, Role
from legalhold.approvals.confirmation import ApprovalNeeded, Confirmation
from legalhold.catalog.associations import add_member, create_source
from legalhold.catalog.models import LIVE, Pin, Snapshot, Version
from legalhold.custodians.models import Custodian, Group
from legalhold.database import counted, guard
from legalhold.holds.services import ScopeSpec, Targets, apply_releases, draft_hold, place_hold, release_hold
from legalhold.matters.access import Access, system_access
from legalhold.matters.services import create_matter

EVERYTHING = ScopeSpec()
START = datetime(2026, 1, 1, tzinfo=UTC)


class Office:
    """Drafts, places and releases as a command would; people, sources and versions are made without further ado."""

    def __init__(self, archive, clock) -> None:
        self.archive = archive
        self.clock = clock
        self.access = system_access(actor="system:tester")
        self.numbers = itertools.count(1)
        self.matter = create_matter(name="Smith v. Jones", access=self.access, at=clock())
        counted.tick(reading=clock.reading())

    def custodian(self, name: str = "") -> Custodian:
        return Custodian.objects.create(name=name or f"Person {next(self.numbers)}", created_at=START)

    def group(self, *members: Custodian) -> Group:
        group = Group.objects.create(name=f"Group {next(self.numbers)}", created_at=START)
        with guard.exclusive():
            for member in members:
                add_member(group=group, custodian=member, from_at=START, at=START)
        return group

    def source(self, custodian: Custodian | None, *, versions: int = 0, name: str = "Mailbox", snapshots: int = 0):
        with guard.exclusive():
            source = create_source(name=name, kind="mailbox", custodian=custodian, from_at=START, at=START)
        for number in range(1, snapshots + 1):
            Snapshot.objects.create(
                source=source, sequence=number, state="complete", taken_at=START + timedelta(days=number)
            )
        for _ in range(versions):
            self.version(source)
        return source

    def version(self, source, **columns) -> Version:
        number = next(self.numbers)
        fields = {"kind": 1, "first_seen": 1, "last_seen": LIVE, "size_bytes": 100, "content_id": number, **columns}
        return Version.objects.create(
            source_id=source.pk, folder_id=1, item_key=f"key {number}".encode(), name=b"name", **fields
        )

    def draft(self, name: str = "Smith hold", *, scopes=(EVERYTHING,), **columns):
        return draft_hold(
            matter=columns.pop("matter", self.matter), name=name, scopes=scopes,
            access=columns.pop("access", self.access), at=self.clock(), **columns,
        )  # fmt: skip

    def place(self, *custodians, groups=(), sources=(), hold=None, **columns):
        """Place a hold, drafted before if none is given, and return it."""
        hold = hold or self.draft(**columns)
        targets = Targets(custodians=custodians, groups=groups, sources=sources)
        return place_hold(hold=hold, targets=targets, archive=self.archive, access=self.access, at=self.clock()).hold

    def release(self, hold, *, targets=None, cooling_off=timedelta(days=30), access=None):
        """Ask, read the plan's digest, and confirm it."""
        given = {"hold": hold, "targets": targets, "reading": self.clock.reading(), "access": access or self.access}
        given |= {"at": self.clock(), "cooling_off": cooling_off}
        with pytest.raises(ApprovalNeeded) as asked:
            release_hold(approval=None, **given)
        return release_hold(approval=Confirmation(asked.value.digest), **given)

    def wait(self, **span) -> int:
        """Let time pass, and let releases whose cooling-off is over take effect; returns how many did."""
        self.clock.advance(timedelta(**span))
        return apply_releases(reading=self.clock.reading(), by="system:tester", at=self.clock())

    def standing_pins(self) -> int:
        return Pin.objects.filter(ended_at=None).count()

    def journal(self) -> list[tuple[str, dict]]:
        """What is durable in the archive's own chain."""
        objects = self.archive.journal.verify()
        return [(entry.verb, json.loads(entry.payload)) for _, entries in objects for entry in entries]

    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.journal()]


@pytest.fixture
def office(db, archive, clock) -> Office:
    return Office(archive, clock)


@pytest.fixture
def outsider() -> Access:
    """A legal admin, who may do everything with holds, on no matter at all."""
    return Access(actor="user:outsider", permissions=PERMISSIONS[Role.LEGAL_ADMIN], matters=frozenset())


@pytest.fixture
def reader(office) -> Access:
    """Somebody on the matter who may only read."""
    return Access(
        actor="user:reader", permissions=PERMISSIONS[Role.MATTER_READER], matters=frozenset({office.matter.key})
    )
