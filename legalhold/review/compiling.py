"""Turns conditions into SQL that both databases take; every value is a parameter or a number of our own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from legalhold.review.grammar import (
    And,
    CustodianIs,
    Dated,
    Everything,
    Field,
    HasAttachment,
    KindIs,
    Node,
    Not,
    Or,
    Sent,
    SourceIs,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from legalhold.review.scope import Window

COLUMNS = {
    Field.ANY: "words",
    Field.SUBJECT: "subject",
    Field.FROM: "sender",
    Field.TO: "addressees",
    Field.CC: "copied",
    Field.PARTICIPANTS: "participants",
    Field.NAME: "name",
    Field.FILENAME: "filename",
}
NOTHING = "1 = 0"
EVERYTHING = "1 = 1"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the aliases ``r`` (index row) and ``v`` (version), and its parameters in order."""

    sql: str
    params: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """Says whose windows and which sources a name in a query means; raises for a name that means none."""

    windows_of: Callable[[CustodianIs], Iterable[Window]]
    sources_of: Callable[[SourceIs], Iterable[int]]


def compile_node(*, node: Node, names: Names) -> Condition:
    """Return the condition that a query states. It is never NULL, so that NOT means what it says."""
    match node:
        case Not():
            inner = compile_node(node=node.node, names=names)
            return Condition(f"NOT ({inner.sql})", inner.params)
        case And() | Or():
            return _joined(" AND " if isinstance(node, And) else " OR ", node.nodes, names)
        case Words():
            # Words hold letters and digits alone, so nothing in the pattern needs to be escaped.
            pattern = f"% {' '.join(node.words)}{'' if node.is_prefix else ' '}%"
            return Condition(f"r.{COLUMNS[node.field]} LIKE %s", (pattern,))
        case _:
            return Condition(_plain(node, names))


def _plain(node: Everything | KindIs | Sent | Dated | HasAttachment | CustodianIs | SourceIs, names: Names) -> str:
    match node:
        case KindIs():
            return f"r.kind IN ({', '.join(str(int(kind)) for kind in node.kinds)})"
        case Sent():
            return _sent(node)
        case Dated():
            return _dated(node)
        case CustodianIs():
            return within(windows=names.windows_of(node))
        case SourceIs():
            return f"r.source_id IN ({', '.join(str(int(source)) for source in names.sources_of(node))})"
        case _:
            return "r.has_attachment" if isinstance(node, HasAttachment) else EVERYTHING


def within(*, windows: Iterable[Window]) -> str:
    """Return the condition that a version was seen inside one of the windows."""
    values = ", ".join(sorted({f"({window.source_id}, {window.first}, {window.last})" for window in windows}))
    if not values:
        return NOTHING
    return (
        f"EXISTS (SELECT 1 FROM (VALUES {values}) AS w"
        " WHERE w.column1 = v.source_id AND v.first_seen <= w.column3 AND v.last_seen >= w.column2)"
    )


def _joined(operator: str, nodes: tuple[Node, ...], names: Names) -> Condition:
    parts = [compile_node(node=node, names=names) for node in nodes]
    return Condition(
        operator.join(f"({part.sql})" for part in parts), tuple(param for part in parts for param in part.params)
    )


def _sent(node: Sent) -> str:
    parts = ["r.sent_at IS NOT NULL"]
    if node.from_us is not None:
        parts.append(f"r.sent_at >= {node.from_us}")
    if node.until_us is not None:
        parts.append(f"r.sent_at < {node.until_us}")
    return " AND ".join(parts)


def _dated(node: Dated) -> str:
    parts = ["(r.dated_from IS NOT NULL OR r.dated_to IS NOT NULL)"]
    if node.from_us is not None:
        parts.append(f"(r.dated_to IS NULL OR r.dated_to >= {node.from_us})")
    if node.until_us is not None:
        parts.append(f"(r.dated_from IS NULL OR r.dated_from < {node.until_us})")
    return " AND ".join(parts)
