"""Says why an item is still here, or when, why and by which run it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from legalhold.cli.command import Call, HouseCommand
from legalhold.cli.printing import Result
from legalhold.review.explaining import explain_item

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from legalhold.review.explaining import Explained


class Command(HouseCommand):
    help = "Say why an item is here, or how it went. The number is what `search` prints; a SHA-256 names all items of these bytes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("item", metavar="ITEM", help="an item's number, or the SHA-256 of its bytes")

    def run(self, call: Call) -> Result:
        found = explain_item(text=call.given.item, access=call.access)
        lines = [
            line
            for one in found
            for line in (f"item {one.version_id}: {one.phase}", *(f"  {reason}" for reason in one.lines))
        ]
        return Result("\n".join(lines), {"items": [_data(one) for one in found]})


def _data(one: Explained) -> dict[str, Any]:
    return {"item": one.version_id, "phase": one.phase, "reasons": one.lines}
