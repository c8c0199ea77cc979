"""What every command shares: ``--json``, exit codes, and refusals said in one line.

Exit codes: 0 done, 1 refused or failed, 2 wrong use. With ``--json`` standard output is one JSON object and progress
goes to standard error.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from abc import abstractmethod
from argparse import Namespace
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from django.core.management.base import BaseCommand

from legalhold.approvals.confirmation import Confirmation
from legalhold.audit.queries import newest_event
from legalhold.cli.installation import Installation, open_installation
from legalhold.cli.parsing import USED_WRONGLY, UsedWrongly, build_parser
from legalhold.cli.printing import Result, plain
from legalhold.cli.progress import Progress
from legalhold.cli.refusing import refusal, refusal_data
from legalhold.journal.queries import newest_entry
from legalhold.matters.access import Access, system_access

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from types import FrameType

    from django.core.management.base import CommandParser

REFUSED: Final = 1
INTERRUPTED: Final = "interrupted: what was acknowledged is kept; run the command again to go on"
NOT_SEALED: Final = "done, but not sealed and anchored"
BEFORE_NOT_SEALED: Final = "what was recorded before this command isn't sealed and anchored yet"


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a command: the opened installation, what was given on the command line, when, and for whom."""

    installation: Installation
    given: Namespace
    at: datetime
    progress: Progress

    @property
    def access(self) -> Access:
        """Who runs a command owns the machine: every permission, every matter."""
        return system_access(actor=self.installation.actor)

    @property
    def approval(self) -> Confirmation | None:
        """What ``--confirm`` says was read and agreed to."""
        return Confirmation(digest=self.given.confirm) if self.given.confirm else None


class HouseCommand(BaseCommand):
    """A command that opens the installation, runs, seals what it recorded, and prints text or one JSON object."""

    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **_kwargs: Any) -> CommandParser:
        """Return a parser whose errors are one line."""
        parser = build_parser(prog=f"{Path(prog_name).name} {subcommand}".strip(), description=self.help)
        self.add_arguments(parser)
        return parser

    @abstractmethod
    def run(self, call: Call) -> Result:
        """Do the work by calling a service and return what to print."""

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run and print; a refusal is one line and exit code 1."""
        progress = Progress(stream=sys.stderr, clock=time.monotonic)
        try:
            with _stoppable():
                result = self._run(options, progress)
        except KeyboardInterrupt:
            self._print_object({"error": "Interrupted", "message": INTERRUPTED}, as_json=options["json"])
            progress.say(INTERRUPTED)
            sys.exit(REFUSED)
        except Exception as error:  # noqa: BLE001 what isn't a refusal of ours is raised again
            progress.clear()
            self._refuse(error, as_json=options["json"])
        progress.clear()
        self._show(result, as_json=options["json"])

    def _run(self, options: dict[str, Any], progress: Progress) -> Result:
        installation = open_installation(say=progress.say)
        before = _newest_record()
        try:
            result = self.run(Call(installation, Namespace(**options), installation.now(), progress))
        except BaseException:
            # What an act has recorded before it was refused is sealed too; why it was refused matters more.
            with suppress(Exception):
                installation.seal()
            raise
        message = _unsealed_because(installation)
        if message and _newest_record() == before:
            progress.say(f"{self.name}: {BEFORE_NOT_SEALED}: {message}")
            return result
        return replace(result, warning=f"{NOT_SEALED}: {message}" if message else "")

    def _show(self, result: Result, *, as_json: bool) -> None:
        text = json.dumps(plain(result.data), ensure_ascii=False) if as_json else result.text
        self.stdout.write(text.encode(errors="backslashreplace").decode())
        if result.warning:
            self.stderr.write(f"{self.name}: {result.warning}", _as_is)
        if result.warning or not result.is_good:
            sys.exit(REFUSED)

    def _refuse(self, error: Exception, *, as_json: bool) -> NoReturn:
        message = refusal(error)
        self._print_object(refusal_data(error), as_json=as_json)
        if message is None:
            raise error
        self.stderr.write(f"{self.name}: {message}", _as_is)
        sys.exit(USED_WRONGLY if isinstance(error, UsedWrongly) else REFUSED)

    def _print_object(self, data: Mapping[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(data, ensure_ascii=False))

    @property
    def name(self) -> str:
        """What the command is called."""
        return type(self).__module__.rpartition(".")[2]


def _newest_record() -> tuple[int, int]:
    """Return how far trail and journal go: what didn't move them is owed no seal. Another process only errs to owing one."""
    return newest_event(), newest_entry()


def _unsealed_because(installation: Installation) -> str:
    """Seal, and return why it couldn't be done."""
    try:
        installation.seal()
    except Exception as error:
        message = refusal(error)
        if message is None:
            raise
        return message
    return ""


@contextmanager
def _stoppable() -> Iterator[None]:
    """Make a polite request to end (SIGTERM) what Ctrl-C is, so that every long act ends the same way."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _as_is(text: str) -> str:
    return text
