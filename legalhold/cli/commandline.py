"""The words before a command's own arguments: which command it is, and what is told when there is no such one."""

from __future__ import annotations

import json
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

from django.core.management import ManagementUtility, get_commands

from legalhold.cli.parsing import USED_WRONGLY

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand


class CommandLine(ManagementUtility):
    """Django's, but an unknown command is wrong use like any other: one line, exit code 2, an object with ``--json``."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """Return the command of that name, or say that there is none and exit."""
        if subcommand in get_commands():
            return super().fetch_command(subcommand)
        near = get_close_matches(subcommand, sorted(get_commands()), n=1)
        message = f"there is no command {subcommand!r}" + (f"; did you mean {near[0]!r}?" if near else "")
        if "--json" in self.argv:
            sys.stdout.write(json.dumps({"error": "WrongUse", "message": message}, ensure_ascii=False) + "\n")
        sys.stderr.write(f"{message} (see `{self.prog_name} help`)\n")
        sys.exit(USED_WRONGLY)
