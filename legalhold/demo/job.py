"""The whole main job on the generated organisation: ingest, hold, retention, compaction, export, share."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from exports.services import create_export_of_hold
from legalhold.approvals.confirmation import Confirmation
from legalhold.assurance.compacting import compact, plan_compaction
from legalhold.catalog import destruction
from legalhold.catalog.models import Source, SourceCustodian
from legalhold.custodians.parsing import parse_custodians
from legalhold.custodians.queries import find_custodian
from legalhold.custodians.services import import_custodians
from legalhold.demo.figures import Side, count_side
from legalhold.demo.organisation import DAYS, TIDIED_ON, Organisation
from legalhold.demo.people import HELD, STAFF, UNHELD
from legalhold.holds.services import Targets, draft_hold, place_hold
from legalhold.ingest.services import IngestRequest, VanishedShare, ingest
from legalhold.matters.services import create_matter
from legalhold.retention.services import Expired, ProfileNumbers, expire_snapshots, set_profile
from legalhold.review.indexing import index_pending
from webdav.services import OpenedShare, open_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from exports.models import Export
    from legalhold.archive import Archive
    from legalhold.catalog.models import CompactionRun
    from legalhold.database.counted import ClockReading
    from legalhold.demo.organisation import DueCapture
    from legalhold.holds.models import Hold
    from legalhold.ingest.services import IngestReport
    from legalhold.matters.access import Access

MATTER: Final = "Northgate v. Harbour & Pine"
EXPORT: Final = "Everything of Adams"
ZONE: Final = "Europe/Berlin"
SHARED_FOR: Final = timedelta(days=14)
PROFILE: Final = ProfileNumbers(keep_all_days=7, weekly_weeks=0, keep_last=1)
KINDS: Final = {
    "mail": ("Mail", "maildir"),
    "calendar": ("Calendar", "ics"),
    "contacts": ("Contacts", "vcf"),
    "files": ("Laptop", "files"),
}


@dataclass(frozen=True, slots=True)
class Demo:
    """What the job did, for the screen."""

    custodians: int
    snapshots: int
    ledger: dict[str, int]
    asked: str
    hold: Hold
    rescued: int
    expired: Expired
    run: CompactionRun
    sides: tuple[Side, Side]
    refused: str
    export: Export
    opened: OpenedShare


@dataclass(frozen=True, slots=True)
class Job:
    """The job's surroundings: where it works, as whom, and by which clocks."""

    archive: Archive
    access: Access
    now: Callable[[], datetime]
    reading: Callable[[], ClockReading]
    say: Callable[[str], None]

    def run(self, *, folder: Path) -> Demo:
        """Run it in an installation that holds nothing yet; ``folder`` is for the organisation's own data."""
        self.say("importing custodians")
        import_custodians(file=parse_custodians(data=_staff_csv(), file="staff.csv"), access=self.access, at=self.now())
        set_profile(name="One week", numbers=PROFILE, is_default=True, access=self.access, at=self.now())
        hold = self._draft()
        begins_at = (self.now() - timedelta(days=DAYS + 1)).replace(hour=0, minute=0, second=0, microsecond=0)
        captured = _Captured()
        for due in Organisation(root=folder, begins_at=begins_at).live():
            if due.taken_at > begins_at + timedelta(days=TIDIED_ON) and not captured.is_held:
                self._place(hold, captured)
            self._capture(due, captured)
        return self._finish(hold, captured)

    def _draft(self) -> Hold:
        matter = create_matter(name=MATTER, reference="4 O 217/26", zone=ZONE, access=self.access, at=self.now())
        return draft_hold(
            matter=matter, name="Adams", reason="Claim of Northgate Ltd", access=self.access, at=self.now()
        )

    def _place(self, hold: Hold, captured: _Captured) -> None:
        self.say(f"day {TIDIED_ON}: placing {HELD.name} on hold")
        targets = Targets(custodians=[find_custodian(text=HELD.email)])
        placed = place_hold(hold=hold, targets=targets, archive=self.archive, access=self.access, at=self.now())
        captured.is_held, captured.rescued = True, placed.rescued

    def _capture(self, due: DueCapture, captured: _Captured) -> None:
        try:
            captured.count(self._ingest(due, taken_at=due.taken_at, confirm=None))
        except VanishedShare as vanished:
            captured.asked = str(vanished)
            captured.count(vanished.report)
            captured.count(self._ingest(due, taken_at=due.taken_at + timedelta(minutes=5), confirm=vanished.digest))
        if captured.snapshots % 50 == 0:
            self.say(f"{captured.snapshots} snapshots captured")

    def _ingest(self, due: DueCapture, *, taken_at: datetime, confirm: str | None) -> IngestReport:
        name, form = KINDS[due.folder]
        request = IngestRequest(
            path=due.path,
            custodian=due.person.email,
            source=due.person.laptop or name if due.folder == "files" else name,
            format=form,
            taken_at=taken_at,
            create=True,
            confirm=confirm,
        )
        return ingest(request=request, archive=self.archive, access=self.access, now=self.now)

    def _finish(self, hold: Hold, captured: _Captured) -> Demo:
        self.say("indexing, expiring, compacting")
        index_pending(at=self.now())
        expired = expire_snapshots(access=self.access, at=self.now())
        run = self._compact()
        self.say("exporting what the hold kept, opening a share")
        refused = self._try_to_remove()
        export = create_export_of_hold(hold=hold, name=EXPORT, archive=self.archive, access=self.access, at=self.now())
        ends_on = (self.now() + SHARED_FOR).date()
        opened = open_share(
            export=export,
            reader="Outside counsel",
            ends_on=ends_on,
            archive=self.archive,
            access=self.access,
            at=self.now(),
        )
        sides = tuple(count_side(custodian=find_custodian(text=person.email)) for person in (HELD, UNHELD))
        hold.refresh_from_db()
        return Demo(
            custodians=len(STAFF),
            snapshots=captured.snapshots,
            ledger=captured.ledger,
            asked=captured.asked,
            hold=hold,
            rescued=captured.rescued,
            expired=expired,
            run=run,
            sides=(sides[0], sides[1]),
            refused=refused,
            export=export,
            opened=opened,
        )

    def _compact(self) -> CompactionRun:
        scope: dict[str, Any] = {"is_full": True, "grace": timedelta(), "access": self.access, "at": self.now()}
        planned = plan_compaction(reading=self.reading(), **scope)
        agreed = Confirmation(planned.digest)
        return compact(archive=self.archive, read_clock=self.reading, approval=agreed, **scope).run

    def _try_to_remove(self) -> str:
        link = SourceCustodian.objects.get(custodian=find_custodian(text=HELD.email), source__kind=Source.Kind.MAILBOX)
        try:
            destruction.remove_source(
                source=link.source, archive=self.archive, approval=None, access=self.access, at=self.now()
            )
        except destruction.SourceHeld as held:
            return str(held)
        raise AssertionError("a held mailbox could be removed")


class _Captured:
    """What the captures came to."""

    def __init__(self) -> None:
        self.snapshots = 0
        self.ledger: dict[str, int] = {}
        self.asked = ""
        self.is_held = False
        self.rescued = 0

    def count(self, report: IngestReport) -> None:
        """Add one ingest's ledger to the whole."""
        self.snapshots += 1
        for name, number in report.ledger.items():
            self.ledger[name] = self.ledger.get(name, 0) + number


def _staff_csv() -> bytes:
    lines = io.StringIO()
    lines.write("email,name,employee_id,department\n")
    lines.writelines(_rows())
    return lines.getvalue().encode()


def _rows() -> Iterator[str]:
    for person in STAFF:
        yield f"{person.email},{person.name},{person.employee_id},{person.department}\n"
