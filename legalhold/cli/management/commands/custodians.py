"""Imports custodians from a CSV file, all or nothing, and shows them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from legalhold.catalog.models import Source
from legalhold.cli.actions import Action, CommandWithActions
from legalhold.cli.lists import read_list
from legalhold.cli.printing import Result, count, pairs, table
from legalhold.custodians.parsing import parse_custodians
from legalhold.custodians.queries import find_custodian, list_custodians
from legalhold.custodians.services import import_custodians
from legalhold.ingest.queries import list_sources

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from legalhold.cli.command import Call
    from legalhold.custodians.models import Custodian


def _import(call: Call) -> Result:
    path, is_dry_run = call.given.file, call.given.dry_run
    file = parse_custodians(data=read_list(path=path), file=path.name)
    done = import_custodians(
        file=file,
        access=call.access,
        at=call.at,
        is_dry_run=is_dry_run,
        progress=lambda written, of: call.progress.tell(items=written, total=of, noun="rows"),
    )
    lines = [
        (
            f"{'would import' if is_dry_run else 'imported'} {count(len(file.rows), 'row')} of {path.name}:"
            f" {done.created:,} created, {done.updated:,} updated, {done.unchanged:,} unchanged"
        )
    ]
    if done.ignored_columns:
        lines.append(f"columns not used: {', '.join(done.ignored_columns)}")
    data = {"rows": len(file.rows), "created": done.created, "updated": done.updated, "unchanged": done.unchanged}
    return Result("\n".join(lines), {**data, "is_dry_run": is_dry_run, "ignored_columns": done.ignored_columns})


def _list(call: Call) -> Result:
    people = list_custodians(access=call.access)
    rows = [(one.name, one.employee_id or "–", one.department or "–", ", ".join(_addresses(one))) for one in people]
    empty = "no custodians yet; `custodians import FILE.csv` brings them in"
    return Result(
        table(("name", "employee id", "department", "addresses"), rows, empty=empty),
        {"custodians": [_data(one) for one in people]},
    )


def _show(call: Call) -> Result:
    person = find_custodian(text=call.given.who)
    sources = list_sources(access=call.access, custodian=person)
    head = pairs(
        [
            ("name", person.name),
            ("key", person.key),
            ("employee id", person.employee_id or "–"),
            ("department", person.department or "–"),
            ("addresses", ", ".join(_addresses(person))),
        ]
    )
    rows = [
        (
            one.name,
            Source.Kind(one.kind).label,
            Source.State(one.state).label,
            one.snapshots,
            one.newest_taken_at,
            one.key,
        )
        for one in sources
    ]
    listed = table(("source", "kind", "state", "snapshots", "newest", "key"), rows, empty="no data sources")
    names = [{"key": one.key, "name": one.name, "state": one.state} for one in sources]
    return Result(f"{head}\n\n{listed}", {**_data(person), "sources": names})


def _addresses(person: Custodian) -> list[str]:
    return sorted(one.address for one in person.addresses.all())


def _data(person: Custodian) -> dict[str, Any]:
    return {
        "key": person.key,
        "name": person.name,
        "employee_id": person.employee_id,
        "department": person.department,
        "addresses": _addresses(person),
    }


def _file(parser: CommandParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE.csv", help="columns email and name; employee_id, department, addresses"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")


def _who(parser: CommandParser) -> None:
    parser.add_argument("who", metavar="WHO", help="an address, employee id or key")


class Command(CommandWithActions):
    help = "Import and show custodians: the people whose data may be held."
    actions = (
        Action("import", "import a CSV file: every row is checked first, then all are taken or none", _import, _file),
        Action("list", "list the custodians", _list),
        Action("show", "show a custodian and their data sources", _show, _who),
    )
