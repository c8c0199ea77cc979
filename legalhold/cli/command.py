"""What every command shares: ``--json``, exit codes, and refusals said in one line.

Exit codes: 0 done, 1 refused or failed, 2 wrong use. With ``--json`` standard output is one JSON object and progress
goes to standard error.
"""
from __future__ import annotations

import getpass
import json
import sys
from abc import abstractmethod
from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, time
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from legalhold.cli.installation import Installation, open_installation

OUR_ROOMS = ("legalhold", "exports", "webdav")


class Command(BaseCommand):
    """A command that opens the installation, runs, and prints a result as text or as one JSON object."""

    requires_system_checks: list[str] = []  # noqa: RUF012 Django's own declaration
    installation: Installation

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return a parser that knows ``--json``."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="print one JSON object; progress goes to standard error")
        return parser

    def handle(self, **options: Any) -> None:
        """Open the installation and run; print refusals of ours as one line and exit with 1."""
        try:
            self.installation = open_installation(say=self.progress)
            result = self.run(options)
        except Exception as error:
            if type(error).__module__.split(".")[0] not in OUR_ROOMS:
                raise
            self.refuse(error, as_json=options["json"])
        except KeyboardInterrupt:
            self.stderr.write("interrupted: what was acknowledged is kept; run the command again to go on")
            sys.exit(1)
        self.show(result, as_json=options["json"])

    @abstractmethod
    def run(self, options: dict[str, Any]) -> Result:
        """Do the work and return what to print."""

    def show(self, result: Result, *, as_json: bool) -> None:
        """Print the result; exit with 1 when it says that something was not as it should be."""
        self.stdout.write(json.dumps(result.data, default=str, ensure_ascii=False) if as_json else result.text)
        if not result.is_good:
            sys.exit(1)

    def progress(self, line: str) -> None:
        """Say how far the work is, on standard error."""
        self.stderr.write(line)

    def refuse(self, error: Exception, *, as_json: bool) -> NoReturn:
        """Print why not, and exit with 1."""
        if as_json:
            self.stdout.write(json.dumps({"error": type(error).__name__, "message": str(error)}, ensure_ascii=False))
        self.stderr.write(f"{type(error).__name__}: {error}")
        sys.exit(1)


class Result:
    """What a command prints: readable text, the same as data, and whether all is well."""

    def __init__(self, text: str, data: dict[str, Any], *, is_good: bool = True) -> None:
        self.text, self.data, self.is_good = text, data, is_good


def acting_user() -> str:
    """Return who a command acts as."""
    return f"system:{getpass.getuser()}"


def moment(text: str) -> datetime:
    """Read a time given on the command line: ISO 8601, UTC where no zone is given; a date alone is its midnight."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no time: write 2026-03-31, 2026-03-31T18:00 or 2026-03-31T18:00+02:00") from error
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def day(text: str) -> date:
    """Read a date given on the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no date: write it like 2026-03-31") from error


def end_of_day(text: str) -> datetime:
    """Read a date as its last microsecond in UTC, so that a range includes the day it names."""
    return datetime.combine(day(text), time.max, tzinfo=UTC)

