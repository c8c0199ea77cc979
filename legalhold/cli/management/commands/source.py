"""Shows data sources, says whose they are, and gives one up."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from legalhold.catalog.destruction import remove_source
from legalhold.cli.actions import Action, CommandWithActions
from legalhold.cli.parsing import add_confirm, moment
from legalhold.cli.printing import Result, count, pairs, size, table
from legalhold.custodians.queries import find_custodian
from legalhold.ingest.queries import find_source, list_snapshots, list_sources
from legalhold.ingest.services.associating import associate_source, dissociate_source

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from legalhold.cli.command import Call
    from legalhold.ingest.queries import SourceLine


def _list(call: Call) -> Result:
    person = find_custodian(text=call.given.custodian) if call.given.custodian else None
    found = list_sources(access=call.access, custodian=person)
    rows = [
        (one.name, one.kind, _whose_it_is(one), one.state, one.snapshots, one.newest_taken_at, one.key) for one in found
    ]
    empty = "no data sources yet; `ingest … --create` makes one"
    return Result(
        table(("source", "kind", "custodians", "state", "snapshots", "newest", "key"), rows, empty=empty),
        {"sources": [_data(one) for one in found]},
    )


def _show(call: Call) -> Result:
    found = find_source(text=call.given.source, access=call.access)
    snapshots = list_snapshots(source_key=found.key, access=call.access)
    head = pairs(
        [
            ("source", found.name),
            ("key", found.key),
            ("kind", found.get_kind_display()),
            ("state", found.get_state_display()),
        ]
    )
    rows = [
        (one.sequence, one.taken_at, one.state, "expired" if one.is_expired else one.kept_by or "kept")
        for one in snapshots
    ]
    listed = table(("snapshot", "taken", "state", "kept by"), rows, empty="no snapshots yet")
    data = {"key": found.key, "name": found.name, "kind": found.kind, "state": found.state}
    return Result(f"{head}\n\n{listed}", {**data, "snapshots": [asdict(one) for one in snapshots]})


def _associate(call: Call) -> Result:
    given = call.given
    found = find_source(text=given.source, access=call.access)
    person = find_custodian(text=given.custodian)
    associate_source(
        source=found,
        custodian=person,
        from_at=given.since or call.at,
        archive=call.installation.archive,
        access=call.access,
        at=call.at,
    )
    text = f"{found.name} is {person.name}'s now; what holds reach of {person.name} holds it from this moment on"
    return Result(text, {"source": found.key, "custodian": person.key})


def _dissociate(call: Call) -> Result:
    given = call.given
    found = find_source(text=given.source, access=call.access)
    person = find_custodian(text=given.custodian)
    dissociate_source(source=found, custodian=person, to_at=given.until or call.at, access=call.access, at=call.at)
    text = f"{found.name} is no longer {person.name}'s; what was captured is held as before"
    return Result(text, {"source": found.key, "custodian": person.key})


def _remove(call: Call) -> Result:
    found = find_source(text=call.given.source, access=call.access)
    gone = remove_source(
        source=found, archive=call.installation.archive, approval=call.approval, access=call.access, at=call.at
    )
    text = f"{gone.name} is being removed: `compact` destroys {count(gone.versions, 'version')} ({size(gone.size_bytes)}) of it"
    return Result(text, {"source": gone.source_key, "versions": gone.versions, "size_bytes": gone.size_bytes})


def _whose_it_is(one: SourceLine) -> str:
    return ", ".join(one.custodians) or "–"


def _data(one: SourceLine) -> dict[str, Any]:
    return {
        "key": one.key,
        "name": one.name,
        "kind": one.kind,
        "state": one.state,
        "custodians": one.custodians,
        "snapshots": one.snapshots,
        "newest_taken_at": one.newest_taken_at,
    }


def _whose(parser: CommandParser) -> None:
    parser.add_argument("--custodian", metavar="WHO", help="only those ever theirs")


def _which(parser: CommandParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="a data source's key, or its name if only one has it")


def _which_and_who(parser: CommandParser) -> None:
    _which(parser)
    parser.add_argument("--custodian", required=True, metavar="WHO", help="an address, employee id or key")


def _which_and_since(parser: CommandParser) -> None:
    _which_and_who(parser)
    parser.add_argument("--since", type=moment, metavar="TIME", help="from when on, if not from now")


def _which_and_until(parser: CommandParser) -> None:
    _which_and_who(parser)
    parser.add_argument("--until", type=moment, metavar="TIME", help="until when, if not until now")


def _which_to_remove(parser: CommandParser) -> None:
    _which(parser)
    add_confirm(parser)


class Command(CommandWithActions):
    help = "Show data sources, say whose they are, and remove one that nothing holds."
    actions = (
        Action("list", "list the data sources", _list, _whose),
        Action("show", "show a data source and its snapshots", _show, _which),
        Action("associate", "say that a data source is a custodian's from some time on", _associate, _which_and_since),
        Action(
            "dissociate",
            "say that it was theirs until some time; what is held stays held",
            _dissociate,
            _which_and_until,
        ),
        Action("remove", "give a data source up; refused while a hold reaches it", _remove, _which_to_remove),
    )
