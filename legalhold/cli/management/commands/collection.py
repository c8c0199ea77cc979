"""Shows collections: items selected for a matter, and frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.cli.actions import Action, CommandWithActions
from legalhold.cli.collections import collection_data
from legalhold.cli.printing import Result, pairs, size, table
from legalhold.matters.queries import find_matter
from legalhold.review.queries import find_collection, visible_collections

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from legalhold.cli.command import Call


def _list(call: Call) -> Result:
    matter = find_matter(text=call.given.matter, access=call.access) if call.given.matter else None
    found = list(visible_collections(access=call.access, matter=matter))
    rows = [
        (
            one.matter.name,
            one.name,
            one.get_state_display(),
            one.items,
            size(one.size_bytes),
            one.frozen_at,
            one.key,
        )
        for one in found
    ]
    empty = "no collections yet; `search QUERY --matter MATTER --save NAME` makes one"
    return Result(
        table(("matter", "collection", "state", "items", "size", "frozen", "key"), rows, empty=empty),
        {"collections": [collection_data(one) for one in found]},
    )


def _show(call: Call) -> Result:
    found = find_collection(text=call.given.collection, access=call.access)
    text = pairs(
        [
            ("collection", found.name),
            ("key", found.key),
            ("matter", found.matter.name),
            ("what", found.description),
            ("state", found.get_state_display()),
            ("items", found.items),
            ("size", size(found.size_bytes)),
            ("frozen", found.frozen_at),
            ("by", found.frozen_by),
        ]
    )
    return Result(text, collection_data(found))


def _of_matter(parser: CommandParser) -> None:
    parser.add_argument("--matter", metavar="MATTER", help="only those of one matter")


def _which(parser: CommandParser) -> None:
    parser.add_argument("collection", metavar="COLLECTION", help="a collection's name or key")


class Command(CommandWithActions):
    help = "Show collections; `search … --save NAME` makes them."
    actions = (
        Action("list", "list the collections", _list, _of_matter),
        Action("show", "show a collection", _show, _which),
    )
