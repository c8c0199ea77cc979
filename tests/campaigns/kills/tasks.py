"""What is killed: a first start, an ingest, a compaction and an export, by the services that the commands call.

Each tells what it has acknowledged by a line in a file that is flushed to the disk before the task goes on.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exports.models import Export
from exports.services import create_export_of_hold
from legalhold.accounts.roles import Permission
from legalhold.approvals.confirmation import Confirmation
from legalhold.catalog.destruction import execute, plan
from legalhold.catalog.models import Source
from legalhold.cli.installation import Installation
from legalhold.holds.models import Hold
from legalhold.holds.queries import find_hold
from legalhold.holds.services import Targets, draft_hold, place_hold
from legalhold.ingest.services import IngestRequest, VanishedShare, ingest
from legalhold.matters.access import Access
from legalhold.matters.models import Matter
from legalhold.matters.services import create_matter
from legalhold.retention.services import ProfileNumbers, expire_snapshots, set_profile
from legalhold.review.indexing import drop_destroyed
from tests.acting import agreeing

DAY = datetime(2026, 1, 1, tzinfo=UTC)
PEOPLE = ("alice@example.com", "bob@example.com")
HELD = PEOPLE[0]
HOLD = "Everything of Alice's"
ACCESS = Access(actor="system:campaign", permissions=frozenset(Permission), matters=None)


class Acknowledgements:
    """The outside world: what it was told is in a file, durable, before anything else happens."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def say(self, kind: str, **what) -> None:
        with self.path.open("ab") as file:
            file.write(json.dumps({"kind": kind, **what}).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def said(self) -> list[dict]:
        return [json.loads(line) for line in self.path.read_bytes().splitlines()] if self.path.exists() else []


def prepare(installation: Installation, data: Path) -> None:
    """Three snapshots each of two people's mail and one of a device, all but the newest expired; a hold in draft."""
    for day in (1, 2, 3):
        for person in PEOPLE:
            capture(installation, data / str(day) / person, person, "Mailbox", DAY + timedelta(days=day))
    capture(installation, data / "device", PEOPLE[1], "Laptop", DAY)
    agreeing(
        set_profile,
        name="newest only",
        numbers=ProfileNumbers(keep_all_days=0),
        is_default=True,
        access=ACCESS,
        at=installation.now(),
    )
    expire_snapshots(access=ACCESS, at=installation.now())
    matter = create_matter(name="Adams v. Brown", access=ACCESS, at=installation.now())
    draft_hold(matter=matter, name=HOLD, access=ACCESS, at=installation.now())
    installation.seal()


def capture(installation: Installation, path: Path, person: str, name: str, taken_at: datetime | None = None):
    """Ingest a folder, confirming whatever vanished."""

    def run(confirm: str | None, at: datetime | None):
        request = IngestRequest(path=path, custodian=person, source=name, create=True, taken_at=at, confirm=confirm)
        return ingest(request=request, archive=installation.archive, access=ACCESS, now=installation.now)

    try:
        return run(None, taken_at)
    except VanishedShare as asked:
        return run(asked.digest, taken_at + timedelta(seconds=1) if taken_at else None)


def start(installation: Installation, data: Path, told: Acknowledgements) -> None:
    """The first act of a new installation."""
    matter = Matter.objects.filter(name="First").first() or create_matter(
        name="First", access=ACCESS, at=installation.now()
    )
    installation.seal()
    told.say("matter", key=str(matter.key))


def take_in(installation: Installation, data: Path, told: Acknowledgements) -> None:
    """The fourth snapshot of both mailboxes: some unchanged, some gone, some new, some seen before, some shared."""
    for person in PEOPLE:
        report = capture(installation, data / "4" / person, person, "Mailbox")
        told.say("snapshot", source=str(report.source_key), sequence=report.sequence)
    installation.seal()


def hold(installation: Installation, told: Acknowledgements) -> Hold:
    """Place the drafted hold, unless an earlier try has."""
    drafted = find_hold(text=HOLD, access=ACCESS)
    if drafted.state == Hold.State.DRAFT:
        sources = list(Source.objects.filter(pk__in=held_sources()))
        place_hold(
            hold=drafted,
            targets=Targets(sources=sources),
            archive=installation.archive,
            access=ACCESS,
            at=installation.now(),
        )
        told.say("hold", key=str(drafted.key))
    return find_hold(text=HOLD, access=ACCESS)


def held_sources() -> list[int]:
    from legalhold.catalog.models import SourceCustodian
    from legalhold.custodians.queries import find_custodian

    return list(SourceCustodian.objects.filter(custodian=find_custodian(text=HELD)).values_list("source", flat=True))


def compact(installation: Installation, data: Path, told: Acknowledgements) -> None:
    """Hold what is Alice's, then destroy with no grace what nothing keeps, down to the last pack."""
    hold(installation, told)
    planned = plan(is_full=True, grace_seconds=0, reading=installation.reading(), access=ACCESS, at=installation.now())
    execute(
        plan=planned, archive=installation.archive, reading=installation.reading(), access=ACCESS,
        at=installation.now(), catch_up=drop_destroyed, approval=Confirmation(planned.digest),
    )  # fmt: skip
    told.say("compaction")
    installation.seal()


def export(installation: Installation, data: Path, told: Acknowledgements) -> None:
    """Export everything ever captured of Alice."""
    placed = hold(installation, told)
    made = Export.objects.filter(name="To counsel", state=Export.State.READY).first() or create_export_of_hold(
        hold=placed, name="To counsel", archive=installation.archive, access=ACCESS, at=installation.now()
    )
    told.say("export", key=str(made.key), manifest=bytes(made.manifest_digest).hex())
    installation.seal()


TASKS = {"start": start, "ingest": take_in, "compact": compact, "export": export}
