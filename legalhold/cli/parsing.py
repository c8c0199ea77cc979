"""How a command line is read: wrong use is one line on standard error and exit code 2."""

from __future__ import annotations

import json
import sys
from argparse import SUPPRESS, ArgumentTypeError
from datetime import UTC, date, datetime, timedelta
from re import fullmatch
from typing import TYPE_CHECKING, Any, Final, NoReturn

from django.core.management.base import CommandParser

if TYPE_CHECKING:
    from collections.abc import Callable

USED_WRONGLY: Final = 2
DJANGO_DEFAULTS: Final = {"verbosity": 1, "no_color": False, "force_color": False, "skip_checks": True}
SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class UsedWrongly(Exception):
    """Options that don't go together, which only the command itself can tell."""


class OneLineParser(CommandParser):
    """Reads a command's arguments; says what is wrong with them in one line, where argparse prints its whole usage."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong and exit."""
        command = " ".join(self.prog.split()[1:]) or self.prog
        if "--json" in sys.argv:
            sys.stdout.write(json.dumps({"error": "WrongUse", "message": message}, ensure_ascii=False) + "\n")
        sys.stderr.write(f"{command}: {message} (see `{self.prog} --help`)\n")
        sys.exit(USED_WRONGLY)


def build_parser(*, prog: str, description: str) -> OneLineParser:
    """Return a parser that knows ``--json`` and, without showing them, the options that Django looks for."""
    parser = OneLineParser(prog=prog, description=description, called_from_command_line=True, allow_abbrev=False)
    add_json(parser, default=False)
    for name in ("--settings", "--pythonpath"):
        parser.add_argument(name, help=SUPPRESS)
    parser.add_argument("--traceback", action="store_true", help=SUPPRESS)
    parser.set_defaults(**DJANGO_DEFAULTS)
    return parser


def add_json(parser: CommandParser, *, default: Any = SUPPRESS) -> None:
    """Let ``--json`` stand before or after an action's name."""
    text = "print one JSON object; progress goes to standard error"
    parser.add_argument("--json", action="store_true", default=default, help=text)


def add_confirm(parser: CommandParser) -> None:
    """Let a dangerous act be confirmed by its plan's digest."""
    parser.add_argument("--confirm", metavar="DIGEST", help="the digest of the plan that you have read and agree to")


def moment(text: str) -> datetime:
    """Read a time: ISO 8601, UTC where no zone is given; a date alone is its midnight."""
    try:
        value = datetime.fromisoformat(text)
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ArgumentTypeError(
            f"{text!r} is no time: write 2026-03-31, 2026-03-31T18:00 or 2026-03-31T18:00+02:00"
        ) from error


def day(text: str) -> date:
    """Read a date."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no date: write it like 2026-03-31") from error


def duration(text: str) -> timedelta:
    """Read a length of time: a whole number and s, m, h, d or w."""
    found = fullmatch(r"(\d{1,9})([smhdw])", text)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no length of time: write it like 0s, 36h or 7d")
    return timedelta(seconds=int(found[1]) * SECONDS[found[2]])


def number_from(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number within bounds, both included."""

    def read(text: str) -> int:
        if not fullmatch(r"\d{1,12}", text) or not least <= int(text) <= most:
            raise ArgumentTypeError(f"{text!r} isn't a whole number from {least} to {most}")
        return int(text)

    return read
