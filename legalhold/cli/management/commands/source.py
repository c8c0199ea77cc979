"""Shows data sources, says whose they are, and gives one up."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from legalhold.catalog.destruction import remove_source
from legalhold.catalog.models import Source
from legalhold.catalog.owners import owners_now
from legalhold.cli.actions import Action, CommandWithActions
from legalhold.cli.parsing import UsedWrongly, add_confirm, moment, number_from
from legalhold.cli.printing import Result, count, pairs, size, table
from legalhold.custodians.queries import find_custodian
from legalhold.ingest.ledger import EXCLUDED, NOT_CAPTURED
from legalhold.ingest.queries import find_source, left_out_of_source, list_snapshots, list_sources
from legalhold.ingest.services.associating import associate_source, dissociate_source

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from legalhold.cli.command import Call
    from legalhold.ingest.queries import SourceLine

NEWEST = 2**31 - 1


def _list(call: Call) -> Result:
    person = find_custodian(text=call.given.custodian) if call.given.custodian else None
    found = list_sources(access=call.access, custodian=person)
    rows = [
        (
            one.name,
            Source.Kind(one.kind).label,
            "; ".join(one.custodians) or "–",
            Source.State(one.state).label,
            one.snapshots,
            one.newest_taken_at,
            one.key,
        )
        for one in found
    ]
    empty = "no data sources yet; `ingest … --create` makes one"
    return Result(
        table(("source", "kind", "custodians", "state", "snapshots", "newest", "key"), rows, empty=empty),
        {"sources": [_data(one) for one in found]},
    )


def _show(call: Call) -> Result:
    given = call.given
    if given.snapshot is not None and not given.left_out:
        raise UsedWrongly("--snapshot goes with --left-out: it says of which snapshot")
    found = find_source(text=given.source, access=call.access)
    owners = owners_now(sources=[found.pk]).get(found.pk, ())
    head = [
        ("source", found.name),
        ("key", found.key),
        ("kind", found.get_kind_display()),
        ("custodians", "; ".join(owners) or "nobody: holds on people don't reach it"),
        ("state", found.get_state_display()),
    ]
    data = {"key": found.key, "name": found.name, "kind": found.kind, "state": found.state, "custodians": owners}
    listed, more = _left_out(call, found) if given.left_out else _snapshots(call, found)
    return Result(f"{pairs(head)}\n\n{listed}", {**data, **more})


def _snapshots(call: Call, found: Source) -> tuple[str, dict[str, Any]]:
    snapshots = list_snapshots(source_key=found.key, access=call.access)
    rows = [
        (
            one.sequence,
            one.taken_at,
            one.state,
            "expired" if one.is_expired else one.kept_by or "kept",
            *(one.ledger.get(NOT_CAPTURED), one.ledger.get(EXCLUDED)),
        )
        for one in snapshots
    ]
    titles = ("snapshot", "taken", "state", "kept by", "not captured", "excluded")
    text = table(titles, rows, empty="no snapshots yet")
    if any(one.ledger.get(NOT_CAPTURED) or one.ledger.get(EXCLUDED) for one in snapshots):
        text += f"\n`source show {found.key} --left-out` names what was left out"
    return text, {"snapshots": [asdict(one) for one in snapshots]}


def _left_out(call: Call, found: Source) -> tuple[str, dict[str, Any]]:
    left_out = left_out_of_source(source_key=found.key, sequence=call.given.snapshot, access=call.access)
    rows = [(one.sequence, one.path, one.because) for one in left_out]
    text = table(("snapshot", "left out", "because"), rows, empty="nothing was left out")
    return text, {"left_out": [asdict(one) for one in left_out]}


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


def _which_to_show(parser: CommandParser) -> None:
    _which(parser)
    parser.add_argument("--left-out", action="store_true", help="name what wasn't captured or was excluded, and why")
    parser.add_argument("--snapshot", type=number_from(1, NEWEST), metavar="N", help="only of this snapshot")


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
        Action("show", "show a data source and its snapshots, or what they left out", _show, _which_to_show),
        Action("associate", "say that a data source is a custodian's from some time on", _associate, _which_and_since),
        Action(
            "dissociate",
            "say that it was theirs until some time; what is held stays held",
            _dissociate,
            _which_and_until,
        ),
        Action("remove", "give a data source up; refused while a hold reaches it", _remove, _which_to_remove),
    )
