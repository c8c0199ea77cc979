"""Runs the main job on a generated organisation, and with ``--serve`` leaves its share open."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from exports.models import Export
from legalhold.cli.clients import how_to_open
from legalhold.cli.command import Call, HouseCommand
from legalhold.cli.management.commands.serve import DAV_PORT, MOST_PORTS
from legalhold.cli.parsing import number_from
from legalhold.cli.printing import Result
from legalhold.cli.serving import Listening, serve_shares
from legalhold.demo.job import EXPORT, MATTER, SHARED_FOR, Job
from legalhold.demo.screen import demo_data, screen
from legalhold.matters.models import Matter
from webdav.services import open_share

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from legalhold.demo.job import Demo
    from webdav.services import OpenedShare

HOST = "127.0.0.1"


class InstallationInUse(Exception):
    """The demo makes an organisation of its own and belongs in an installation that holds nothing."""


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
        if Matter.objects.filter(name=MATTER).exists() and call.given.serve:
            return _serve(call, "", _open_again(call), {})
        if Matter.objects.exists():
            raise InstallationInUse(
                f"{call.installation.home} holds data already: set LEGALHOLD_HOME to an empty folder for the demo"
                " (`demo --serve` opens a share of a demo that has run)"
            )
        started = time.monotonic()
        demo = _run(call)
        text = "\n".join(screen(demo=demo, seconds=time.monotonic() - started))
        data = demo_data(demo=demo, seconds=time.monotonic() - started)
        if call.given.serve:
            return _serve(call, text, demo.opened, data)
        hint = f"The share is open once a server runs: `manage.py serve --dav-port {call.given.dav_port}`"
        return Result("\n".join([text, *_credentials(call, demo.opened), hint]), data)


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


def _serve(call: Call, text: str, opened: OpenedShare, data: dict[str, object]) -> Result:
    call.progress.say("\n".join([text, *_credentials(call, opened)]))
    listening = Listening(host=HOST, port=call.given.dav_port, tls=None, trusted_proxies=())
    port = serve_shares(installation=call.installation, listening=listening, say=call.progress.say)
    return Result("stopped", {**data, "stopped": True, "port": port})


def _credentials(call: Call, opened: OpenedShare) -> list[str]:
    url = f"http://{HOST}:{call.given.dav_port}/dav/"
    return [
        "Counsel's share:",
        f"  address    {url}",
        f"  user name  {opened.share.user_name}",
        f"  password   {opened.secret}",
        *(f"  {line}" for line in how_to_open(url=url, user_name=opened.share.user_name)),
    ]
