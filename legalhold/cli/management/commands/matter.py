"""Opens, shows and closes matters, and says whose data they are about."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any

from legalhold.cli.actions import Action, CommandWithActions
from legalhold.cli.printing import Result, pairs, table
from legalhold.custodians.queries import custodians_of, find_custodian
from legalhold.custodians.services import add_to_matter
from legalhold.holds.models import Hold
from legalhold.holds.queries import hold_table
from legalhold.matters.queries import find_matter, visible_matters
from legalhold.matters.services import close_matter, create_matter

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from legalhold.cli.command import Call
    from legalhold.matters.models import Matter


def _create(call: Call) -> Result:
    given = call.given
    matter = create_matter(name=given.name, reference=given.reference, zone=given.zone, access=call.access, at=call.at)
    next_step = f"next: `hold draft {quote(matter.name)} NAME` prepares a hold in it"
    return Result(f"opened matter {matter.name} ({matter.key})\n{next_step}", _data(matter))


def _list(call: Call) -> Result:
    matters = list(visible_matters(access=call.access))
    rows = [(one.name, one.reference, one.holds_in_effect, _state(one), one.opened_at, one.key) for one in matters]
    text = table(
        ("matter", "reference", "holds in effect", "state", "opened", "key"),
        rows,
        empty="no matters yet; `matter create` opens one",
    )
    return Result(text, {"matters": [_data(one) for one in matters]})


def _show(call: Call) -> Result:
    matter = find_matter(text=call.given.matter, access=call.access)
    holds = [row for row in hold_table(access=call.access) if row["matter"] == matter.name]
    people = custodians_of(matter=matter, access=call.access)
    text = pairs(
        [
            ("matter", matter.name),
            ("key", matter.key),
            ("reference", matter.reference or "–"),
            ("time zone", matter.zone),
            ("state", _state(matter)),
            ("opened", matter.opened_at),
            ("custodians", "; ".join(person.name for person in people) or "none"),
            ("holds", "; ".join(f"{row['name']} ({Hold.State(row['state']).label})" for row in holds) or "none"),
        ]
    )
    names = [{"key": person.key, "name": person.name} for person in people]
    return Result(text, {**_data(matter), "custodians": names, "holds": holds})


def _close(call: Call) -> Result:
    matter = find_matter(text=call.given.matter, access=call.access)
    closed = close_matter(matter=matter, access=call.access, at=call.at)
    return Result(f"closed matter {closed.name}", _data(closed))


def _add_custodian(call: Call) -> Result:
    matter = find_matter(text=call.given.matter, access=call.access)
    people = [find_custodian(text=text) for text in call.given.custodians]
    added = add_to_matter(matter=matter, custodians=people, access=call.access, at=call.at)
    text = f"{len(added):,} added to matter {matter.name}, {len(people) - len(added):,} were on it already"
    return Result(text, {"matter": matter.key, "added": [person.key for person in added]})


def _state(matter: Matter) -> str:
    return "closed" if matter.closed_at else "open"


def _data(matter: Matter) -> dict[str, Any]:
    return {
        "key": matter.key,
        "name": matter.name,
        "reference": matter.reference,
        "zone": matter.zone,
        "state": _state(matter),
        "opened_at": matter.opened_at,
        "closed_at": matter.closed_at,
        "holds_in_effect": matter.holds_in_effect,
    }


def _name(parser: CommandParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what the matter is called")
    parser.add_argument(
        "--reference", default="", metavar="TEXT", help="its reference elsewhere, such as a docket number"
    )
    parser.add_argument(
        "--zone", default="UTC", metavar="ZONE", help="the time zone its days are counted in, such as Europe/Berlin"
    )


def _which(parser: CommandParser) -> None:
    parser.add_argument("matter", metavar="MATTER", help="a matter's name or key")


def _which_and_who(parser: CommandParser) -> None:
    _which(parser)
    parser.add_argument("custodians", nargs="+", metavar="WHO", help="an address, employee id or key")


class Command(CommandWithActions):
    help = "Open, show and close matters."
    actions = (
        Action("create", "open a matter", _create, _name),
        Action("show", "show a matter with its custodians and holds", _show, _which),
        Action("list", "list the matters", _list),
        Action("close", "close a matter that has no hold in effect", _close, _which),
        Action("add-custodians", "say that a matter is about these people's data", _add_custodian, _which_and_who),
    )
