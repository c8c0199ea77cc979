"""Runs the main job on a generated organisation, and with ``--serve`` leaves its share open."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exports.models import Export
from legalhold.cli.clients import how_to_open
from legalhold.cli.command import Call, HouseCommand
from legalhold.cli.management.commands.serve import DAV_PORT, MOST_PORTS
from legalhold.cli.parsing import number_from
from legalhold.cli.printing import Result
from legalhold.cli.serving import Listening, bound, port_of, serve_shares
from legalhold.demo.job import EXPORT, MATTER, SHARED_FOR, Job
from legalhold.demo.screen import demo_data, screen
from legalhold.matters.models import Matter
from webdav.services import open_share

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.management.base import CommandParser

    from legalhold.demo.job import Demo
    from webdav.services import OpenedShare

HOST = "127.0.0.1"


class InstallationInUse(Exception):
    """The demo makes an organisation of its own and belongs in an installation that holds nothing."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a person is told of the job, the share that is open by now, and the job's figures."""

    job: list[str]
    opened: OpenedShare
    data: dict[str, object]

    def lines(self, port: int) -> list[str]:
        return [*self.job, *_credentials(port, self.opened)]


class Command(HouseCommand):
    help = "Run the main job on a generated organisation: ingest, hold, retention, compaction, export, share."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--serve", action="store_true", help="leave the share open until Ctrl-C")
        parser.add_argument(
            "--dav-port",
            type=number_from(0, MOST_PORTS),
            default=DAV_PORT,
            metavar="PORT",
            help=f"the port ({DAV_PORT})",
        )

    def run(self, call: Call) -> Result:
        has_run = call.given.serve and Matter.objects.filter(name=MATTER).exists()
        if Matter.objects.exists() and not has_run:
            raise InstallationInUse(
                f"{call.installation.home} holds data already: set LEGALHOLD_HOME to an empty folder for the demo"
                " (`demo --serve` opens a share of a demo that has run)"
            )
        if call.given.serve:
            return _serve(call, _shared_again if has_run else _shared)
        shown = _shared(call)
        hint = f"The share is open once a server runs: `manage.py serve --dav-port {call.given.dav_port}`"
        return Result("\n".join([*shown.lines(call.given.dav_port), hint]), shown.data)


def _shared(call: Call) -> _Shown:
    started = time.monotonic()
    demo = _run(call)
    seconds = time.monotonic() - started
    return _Shown(list(screen(demo=demo, seconds=seconds)), demo.opened, demo_data(demo=demo, seconds=seconds))


def _shared_again(call: Call) -> _Shown:
    return _Shown([], _open_again(call), {})


def _run(call: Call) -> Demo:
    installation = call.installation
    job = Job(
        archive=installation.archive,
        access=call.access,
        now=installation.now,
        reading=installation.reading,
        say=call.progress.say,
    )
    with tempfile.TemporaryDirectory(prefix="legalhold-demo-") as folder:
        return job.run(folder=Path(folder))


def _open_again(call: Call) -> OpenedShare:
    """A secret is shown once and kept nowhere, so an organisation that exists gets another share."""
    return open_share(
        export=Export.objects.get(name=EXPORT, matter__name=MATTER),
        reader="Outside counsel",
        ends_on=(call.at + SHARED_FOR).date(),
        archive=call.installation.archive,
        access=call.access,
        at=call.at,
    )


def _serve(call: Call, share: Callable[[Call], _Shown]) -> Result:
    """Take the port first: a share that was opened for a port which is taken would stay open unserved."""
    listening = Listening(host=HOST, port=call.given.dav_port, tls=None, trusted_proxies=())
    with bound(installation=call.installation, listening=listening) as server:
        port = port_of(server)
        shown = share(call)
        call.progress.say("\n".join(shown.lines(port)))
        serve_shares(server=server, installation=call.installation, listening=listening, say=call.progress.say)
    return Result("stopped", {**shown.data, "stopped": True, "port": port})


def _credentials(port: int, opened: OpenedShare) -> list[str]:
    url = f"http://{HOST}:{port}/dav/"
    return [
        "Counsel's share:",
        f"  address    {url}",
        f"  user name  {opened.share.user_name}",
        f"  password   {opened.secret}",
        *(f"  {line}" for line in how_to_open(url=url, user_name=opened.share.user_name)),
    ]
