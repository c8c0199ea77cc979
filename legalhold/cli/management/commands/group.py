"""Makes groups of custodians, and says who belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.catalog.memberships import add_members, end_memberships, list_groups, memberships_of
from legalhold.cli.actions import Action, CommandWithActions
from legalhold.cli.parsing import moment
from legalhold.cli.people import add_people, given_people
from legalhold.cli.printing import Result, count, pairs, table
from legalhold.custodians.queries import find_group
from legalhold.custodians.services import create_group

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from legalhold.cli.command import Call


def _create(call: Call) -> Result:
    group = create_group(name=call.given.name, access=call.access, at=call.at)
    return Result(f"made group {group.name}; `group add` says who belongs to it", {"group": group.key})


def _add(call: Call) -> Result:
    group, since = find_group(text=call.given.group, access=call.access), call.given.since or call.at
    people = given_people(call.given)
    new = add_members(
        group=group, custodians=people, from_at=since, archive=call.installation.archive, access=call.access, at=call.at
    )
    text = (
        f"{count(len(new), 'custodian')} added to group {group.name}, {len(people) - len(new):,} belonged to it already;"
        " what holds reach of the group holds theirs from this moment on"
    )
    return Result(text, {"group": group.key, "added": [person.key for person in new]})


def _end(call: Call) -> Result:
    group, until = find_group(text=call.given.group, access=call.access), call.given.until or call.at
    people = given_people(call.given)
    end_memberships(group=group, custodians=people, to_at=until, access=call.access, at=call.at)
    text = f"{count(len(people), 'custodian')} no longer in group {group.name}; what is held of theirs stays held"
    return Result(text, {"group": group.key, "ended": [person.key for person in people]})


def _list(call: Call) -> Result:
    lines = list_groups(access=call.access)
    rows = [(line.group.name, line.members, line.ever, line.group.key) for line in lines]
    data = [
        {"key": line.group.key, "name": line.group.name, "members": line.members, "ever": line.ever} for line in lines
    ]
    return Result(
        table(("group", "members", "ever", "key"), rows, empty="no groups yet; `group create` makes one"),
        {"groups": data},
    )


def _show(call: Call) -> Result:
    group = find_group(text=call.given.group, access=call.access)
    members = memberships_of(group=group, access=call.access)
    rows = [(row.custodian.name, row.from_at, row.to_at or "–", row.custodian.key) for row in members]
    data = [
        {"custodian": row.custodian.key, "name": row.custodian.name, "from_at": row.from_at, "to_at": row.to_at}
        for row in members
    ]
    listed = table(("custodian", "from", "to", "key"), rows, empty="nobody yet; `group add` says who belongs to it")
    head = pairs([("group", group.name), ("key", group.key)])
    return Result(f"{head}\n\n{listed}", {"group": group.key, "name": group.name, "members": data})


def _name(parser: CommandParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what the group is called")


def _which(parser: CommandParser) -> None:
    parser.add_argument("group", metavar="GROUP", help="a group's name or key")


def _whom_to_add(parser: CommandParser) -> None:
    _which(parser)
    add_people(parser)
    parser.add_argument("--since", type=moment, metavar="TIME", help="from when on, if not from now")


def _whom_to_end(parser: CommandParser) -> None:
    _which(parser)
    add_people(parser)
    parser.add_argument("--until", type=moment, metavar="TIME", help="until when, if not until now")


class Command(CommandWithActions):
    help = "Make groups of custodians and say who belongs to them; a hold on a group reaches everybody ever in it."
    actions = (
        Action("create", "make a group", _create, _name),
        Action("add", "say that people belong to a group from some time on", _add, _whom_to_add),
        Action("end", "say that people no longer belong to a group; what is held stays held", _end, _whom_to_end),
        Action("list", "list the groups", _list),
        Action("show", "show who belonged to a group, and when", _show, _which),
    )
