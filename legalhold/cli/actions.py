"""Commands of several actions (``hold place``, ``hold release`` …): each is what reads its arguments and what runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from legalhold.cli.command import Call, HouseCommand
from legalhold.cli.parsing import add_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.management.base import CommandParser

    from legalhold.cli.printing import Result


@dataclass(frozen=True, slots=True)
class Action:
    """One action: its name, what it does in half a sentence, its arguments, and the function that runs it."""

    name: str
    help: str
    run: Callable[[Call], Result]
    arguments: Callable[[CommandParser], object] = lambda _parser: None


class CommandWithActions(HouseCommand):
    """A command whose first argument is an action."""

    actions: ClassVar[tuple[Action, ...]]

    def add_arguments(self, parser: CommandParser) -> None:
        """Read the action and its own arguments."""
        choices = parser.add_subparsers(dest="action_name", metavar="ACTION", required=True)
        for action in self.actions:
            sub = choices.add_parser(action.name, help=action.help, description=action.help, allow_abbrev=False)
            add_json(sub)
            action.arguments(sub)
            sub.set_defaults(action=action)

    def run(self, call: Call) -> Result:
        """Run the action that was given."""
        action: Action = call.given.action
        return action.run(call)
