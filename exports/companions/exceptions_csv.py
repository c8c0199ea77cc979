"""``exceptions.csv``: what wasn't exported and why, and what was exported as it is but couldn't be read in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exports.companions.cells import table
from exports.companions.index_csv import original_path
from legalhold.formats import exceptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exports.planning import Plan

COLUMNS = ("Fate", "Control number", "Path", "Original path", "Custodians", "Source", "Code", "Explanation")
EXPLANATIONS = {
    exceptions.CONTAINER_REMAINDER: "The file holds bytes that none of its items carries; it is exported itself as well.",
    exceptions.ENCRYPTED: "The content is encrypted; it is exported as it is.",
    exceptions.FROM_LINE_INSIDE: "A line in it may begin another message: look whether it is several.",
    exceptions.PARSE_ERROR: "The item breaks the rules of its format; its bytes are exported unchanged.",
    exceptions.TOO_DEEP: "Parts are nested deeper than is looked at; the bytes are whole.",
    exceptions.TOO_LARGE: "There is more than is looked at; the bytes are whole.",
    exceptions.TRUNCATED: "The file it was captured from ends inside the item.",
    exceptions.TRUNCATED_BASE64: "An attachment's encoding ends too early.",
    exceptions.UNKNOWN_CHARSET: "A text names a character set that isn't known; its words may read wrong in the index.",
    exceptions.ZERO_BYTE: "The item has no bytes.",
}


def exceptions_csv(*, plan: Plan) -> Iterator[bytes]:
    """Yield the table's bytes: items not exported first, also when there is none of them."""

    def rows() -> Iterator[Sequence[str]]:
        yield COLUMNS
        for left in plan.not_exported:
            item = left.item
            where = (original_path(item), "; ".join(item.custodians), item.source)
            yield ("not exported", "", "", *where, left.reason, left.detail)
        for one in plan.exported:
            where = (original_path(one.item), "; ".join(one.item.custodians), one.item.source)
            for code in one.item.exceptions:
                explanation = EXPLANATIONS.get(code, "")
                yield ("exported", one.control_number, "/".join(one.path), *where, code, explanation)

    return table(rows=rows())
