"""Captures a path as one snapshot of one data source and prints its ledger."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from legalhold.cli.command import Call, HouseCommand
from legalhold.cli.installation import keys_folder
from legalhold.cli.parsing import moment
from legalhold.cli.printing import Result, shown
from legalhold.cli.version import program_version
from legalhold.connectors import FORMATS, ExclusionRule, Exclusions
from legalhold.ingest.ledger import EXCLUDED, NOT_CAPTURED
from legalhold.ingest.queries import left_out_of_source
from legalhold.ingest.services import IngestReport, IngestRequest, ingest
from legalhold.review.indexing import index_pending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from django.core.management.base import CommandParser

    from legalhold.ingest.queries import LeftOut

SHOWN: Final = 10
"""What was left out, by name: more than a screen of it is for `source show`."""

CUSTODY: Final = {
    "--collected-by": "who collected it, if not you",
    "--method": "how it was collected, such as “Outlook export” or “logical copy”",
    "--clock-source": "whose clock its time is by",
    "--evidence-no": "its evidence number",
    "--note": "anything else that must be known of it later",
}


class OwnDataInside(Exception):
    """What is to be captured is, or holds, this installation's own data or keys."""


class Command(HouseCommand):
    help = "Capture a folder or file as one snapshot of one data source, and account for every item of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH", help="the folder or file to capture")
        parser.add_argument("--custodian", metavar="WHO", help="whose it is: an address, employee id or key")
        parser.add_argument("--source", metavar="NAME", help="which data source of theirs, or a source's key")
        parser.add_argument(
            "--format", choices=("auto", *FORMATS), default="auto", help="what it holds; told by itself if not given"
        )
        parser.add_argument("--at", type=moment, metavar="TIME", help="when it was like this, if not now")
        parser.add_argument(
            "--create", action="store_true", help="make the custodian and the source if they are missing"
        )
        parser.add_argument(
            "--exclude", action="append", default=[], metavar="PATTERN", help="leave out what is named like this"
        )
        parser.add_argument("--confirm", metavar="DIGEST", help="what has vanished is really gone")
        for name, text in CUSTODY.items():
            parser.add_argument(name, default="", metavar="TEXT", help=text)

    def run(self, call: Call) -> Result:
        _refuse_own_data(call)
        try:
            with _asked_to_stop() as stop:
                report = ingest(
                    request=_request(call),
                    archive=call.installation.archive,
                    access=call.access,
                    now=call.installation.now,
                    stop=stop,
                    progress=lambda items, size_bytes: call.progress.tell(items=items, size_bytes=size_bytes),
                )
        finally:
            index_pending(at=call.installation.now())
        # All by name as data, the first of them as text.
        most = None if call.given.json else SHOWN
        left_out = left_out_of_source(
            source_key=report.source_key, sequence=report.sequence, access=call.access, limit=most
        )
        data = {**_data(report), "left_out": [asdict(one) for one in left_out]}
        return Result("\n".join(_lines(report, left_out)), data, is_good=not report.is_interrupted)


def _lines(report: IngestReport, left_out: Sequence[LeftOut]) -> Iterator[str]:
    yield from report.lines()
    if left_out:
        yield "left out:"
        yield from (f"  {shown(one.path)}: {shown(one.because)}" for one in left_out)
    if more := report.ledger[NOT_CAPTURED] + report.ledger[EXCLUDED] - len(left_out):
        yield f"  … and {more:,} more: `source show {report.source_key} --left-out --snapshot {report.sequence}`"
    if not report.is_interrupted:
        yield f"next: `source show {report.source_key}` shows its snapshots, `search` finds what is in them"


def _refuse_own_data(call: Call) -> None:
    """Raise before keys become evidence that counsel is shown, or an archive begins to capture itself."""
    path, home = call.given.path.resolve(), call.installation.home
    for own in (home, keys_folder(home), settings.ENVIRONMENT.archive_path):
        folder = own.resolve()
        if path.is_relative_to(folder) or folder.is_relative_to(path):
            raise OwnDataInside(
                f"{call.given.path}: {own} belongs to this installation; capture what lies beside it, or move it elsewhere"
            )


def _request(call: Call) -> IngestRequest:
    given = call.given
    rules = [ExclusionRule(name=pattern, pattern=os.fsencode(pattern)) for pattern in given.exclude]
    return IngestRequest(
        path=given.path,
        custodian=given.custodian,
        source=given.source,
        format=given.format,
        taken_at=given.at,
        create=given.create,
        confirm=given.confirm,
        exclude=Exclusions(rules),
        collected_by=given.collected_by,
        method=given.method,
        host=socket.gethostname(),
        clock_source=given.clock_source or ("given by hand" if given.at else "this machine's clock"),
        tool_version=program_version(),
        evidence_number=given.evidence_no,
        note=given.note,
    )


def _data(report: IngestReport) -> dict[str, object]:
    return {
        "ingest": report.key,
        "source": report.source,
        "source_key": report.source_key,
        "custodians": report.custodians,
        "taken_at": report.taken_at,
        "format": report.format,
        "sequence": report.sequence,
        "state": report.state,
        "is_interrupted": report.is_interrupted,
        "ledger": dict(report.ledger),
    }


@contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Give what tells whether somebody asked to stop; the first time it ends the capture in good order, the second at once."""
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
