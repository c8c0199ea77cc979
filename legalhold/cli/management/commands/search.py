"""Searches what is preserved, in a matter or everywhere, and freezes what is found as a collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from legalhold.catalog.owners import titled
from legalhold.cli.collections import collection_data
from legalhold.cli.command import Call, HouseCommand
from legalhold.cli.parsing import UsedWrongly, number_from
from legalhold.cli.printing import Result, count, size, table
from legalhold.custodians.queries import find_custodian
from legalhold.matters.queries import find_matter
from legalhold.review.queries import search_matter
from legalhold.review.services import collect, search_everything

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from legalhold.custodians.models import Custodian
    from legalhold.review.queries import Hit, SearchResult

MOST_SHOWN = 10_000


class Command(HouseCommand):
    help = (
        "Search subjects, addresses, names, dates and kinds; --save freezes what is found as a collection of a matter."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "query", metavar="QUERY", help='such as: from:alice subject:"Q1 forecast" sent:2024-01-01..2024-03-31'
        )
        parser.add_argument(
            "--matter",
            metavar="MATTER",
            help="in what a matter may be shown; without one everywhere, which is recorded",
        )
        parser.add_argument("--custodian", action="append", default=[], metavar="WHO", help="only these people's data")
        parser.add_argument("--save", metavar="NAME", help="freeze everything found as a collection of the matter")
        parser.add_argument(
            "--limit", type=number_from(1, MOST_SHOWN), default=50, metavar="N", help="how many to show (50)"
        )

    def run(self, call: Call) -> Result:
        given = call.given
        if given.save is not None and given.matter is None:
            raise UsedWrongly("--save needs --matter: a collection belongs to a matter, and nothing was saved")
        text = _with_custodians(given.query, [find_custodian(text=who) for who in given.custodian])
        if given.matter is None:
            found = search_everything(
                text=text, access=call.access, zone=ZoneInfo("UTC"), at=call.at, limit=given.limit
            )
            return Result(_text(found), _data(text, found))
        matter = find_matter(text=given.matter, access=call.access)
        found = search_matter(text=text, matter=matter, access=call.access, limit=given.limit)
        if given.save is None:
            return Result(_text(found), _data(text, found))
        saved = collect(
            text=text, matter=matter, name=given.save, archive=call.installation.archive, access=call.access, at=call.at
        )
        line = f"collection {saved.name} of matter {matter.name}: {count(saved.items, 'item')} ({size(saved.size_bytes)}), frozen"
        line += f"\nnext: `export create NAME --collection {saved.key}` makes an export of it"
        return Result(f"{_text(found)}\n{line}", {**_data(text, found), "collection": collection_data(saved)})


def _with_custodians(query: str, people: list[Custodian]) -> str:
    """Narrow a query to what is these people's, in the query's own language, so that it can be read back."""
    if not people:
        return query
    names = [person.employee_id or person.addresses.order_by("pk")[0].address for person in people]
    anyone = " OR ".join(f'custodian:"{name}"' for name in names)
    return f"({query}) AND ({anyone})" if query.strip() else anyone


def _text(result: SearchResult) -> str:
    found = result.found
    rows = [
        (
            f"{hit.version_id}",
            hit.kind.name.lower(),
            hit.sent_at or hit.start_at,
            hit.sender,
            hit.subject or hit.name,
            titled(name=hit.source, custodians=hit.custodians),
            size(hit.size_bytes),
        )
        for hit in result.hits
    ]
    lines = [table(("item", "kind", "date", "from", "subject or name", "source", "size"), rows, empty="nothing found")]
    lines.append(f"{count(found.items, 'item')} ({size(found.size_bytes)}) found, {len(result.hits):,} shown")
    if found.undated:
        lines.append(f"{count(found.undated, 'more item')} of the scope have no date that could be compared")
    if found.unindexed:
        lines.append(f"not looked into: {count(len(found.unindexed), 'snapshot')} without an index yet")
    return "\n".join(lines)


def _data(query: str, result: SearchResult) -> dict[str, Any]:
    found = result.found
    return {
        "query": query,
        "items": found.items,
        "size_bytes": found.size_bytes,
        "undated": found.undated,
        "unindexed": len(found.unindexed),
        "hits": [_hit(hit) for hit in result.hits],
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "item": hit.version_id,
        "kind": hit.kind.name.lower(),
        "source": hit.source,
        "custodians": hit.custodians,
        "folder": hit.folder,
        "name": hit.name,
        "subject": hit.subject,
        "from": hit.sender,
        "sent_at": hit.sent_at,
        "start_at": hit.start_at,
        "size_bytes": hit.size_bytes,
        "is_live": hit.is_live,
        "exceptions": hit.exceptions,
    }
