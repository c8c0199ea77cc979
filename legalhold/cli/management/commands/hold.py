"""Drafts, places, widens, narrows and releases legal holds, and shows what they reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.cli.actions import Action, CommandWithActions
from legalhold.cli.holds import acting, showing
from legalhold.cli.parsing import add_confirm, day
from legalhold.cli.people import add_people
from legalhold.formats import ItemKind
from legalhold.holds.models import Hold

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

KINDS = [kind.name.lower() for kind in ItemKind if kind not in {ItemKind.UNKNOWN, ItemKind.CONTAINER}]


def _draft(parser: CommandParser) -> None:
    parser.add_argument("matter", metavar="MATTER", help="a matter's name or key")
    parser.add_argument("name", metavar="NAME", help="what the hold is called")
    parser.add_argument("--type", choices=Hold.Type.values, default=Hold.Type.LITIGATION.value, help="why data is held")
    parser.add_argument("--reason", default="", metavar="TEXT", help="the reason in words")
    parser.add_argument(
        "--kinds", nargs="+", choices=KINDS, default=[], metavar="KIND", help=f"only these: {', '.join(KINDS)}"
    )
    parser.add_argument(
        "--from",
        dest="first_day",
        type=day,
        metavar="DAY",
        help="only what is dated from this day on, in the matter's time zone",
    )
    parser.add_argument("--to", dest="last_day", type=day, metavar="DAY", help="only what is dated up to this day")


def _which(parser: CommandParser) -> None:
    parser.add_argument("hold", metavar="HOLD", help="a hold's name or key")


def _whom(parser: CommandParser) -> None:
    _which(parser)
    add_people(parser)
    parser.add_argument(
        "--group", action="append", default=[], metavar="GROUP", help="everybody who ever belongs to a group"
    )
    parser.add_argument("--source", action="append", default=[], metavar="KEY", help="a data source, whosever it is")


def _whom_to_remove(parser: CommandParser) -> None:
    _whom(parser)
    add_confirm(parser)


def _which_to_release(parser: CommandParser) -> None:
    _which(parser)
    add_confirm(parser)


class Command(CommandWithActions):
    help = "Draft, place, change and release legal holds. What a hold covers can't be destroyed."
    actions = (
        Action("draft", "prepare a hold in a matter; it protects nothing yet", acting.draft, _draft),
        Action(
            "place",
            "put a draft in effect for people, groups and sources, and print what it covers",
            acting.place,
            _whom,
        ),
        Action("add-custodians", "widen a hold in effect", acting.widen, _whom),
        Action("remove-custodians", "let go of some of a hold, after its cooling-off", acting.narrow, _whom_to_remove),
        Action("preview", "show what releasing a hold would let go of", showing.preview, _which),
        Action("release", "release a hold, after its cooling-off", acting.release, _which_to_release),
        Action("cancel-release", "take a release back while it is cooling off", acting.cancel, _which),
        Action("coverage", "show what a hold reaches, and what it doesn't", showing.coverage_of, _which),
        Action("show", "show a hold", showing.show, _which),
        Action("list", "list the holds", showing.list_all),
    )
