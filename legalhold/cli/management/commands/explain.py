"""Says why an item is still here, or when, why and by which run it went."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from legalhold.catalog.owners import titled
from legalhold.cli.command import Call, HouseCommand
from legalhold.cli.printing import Result, shown
from legalhold.review.explaining import explain_item

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from legalhold.review.explaining import Explained, What


class Command(HouseCommand):
    help = "Say why an item is here, or how it went. The number is what `search` prints; a SHA-256 names all items of these bytes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("item", metavar="ITEM", help="an item's number, or the SHA-256 of its bytes")

    def run(self, call: Call) -> Result:
        found = explain_item(text=call.given.item, access=call.access)
        lines = [line for one in found for line in _lines(one)]
        return Result("\n".join(lines), {"items": [_data(one) for one in found]})


def _lines(one: Explained) -> list[str]:
    return [f"item {one.version_id}: {one.phase}", f"  {shown(_what(one.what))}", *(f"  {line}" for line in one.lines)]


def _data(one: Explained) -> dict[str, Any]:
    what = asdict(one.what) | {"kind": one.what.kind.name.lower()}
    return {"item": one.version_id, "phase": one.phase, "reasons": one.lines, **what}


def _what(one: What) -> str:
    """Return what it is called and where it is: ``message “Q1 forecast” in Inbox of Mail (Adams, Alice)``."""
    called = one.subject or one.name
    name = f" “{called}”" if called else ""
    folder = f" in {one.folder}" if one.folder else ""
    return f"{one.kind.name.lower()}{name}{folder} of {titled(name=one.source, custodians=one.custodians)}"
