"""Runs a query over the index: which versions it finds, how many, and which snapshots it couldn't look into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from legalhold.database import rows
from legalhold.review.compiling import EVERYTHING, Condition, compile_node, within
from legalhold.review.grammar import And, Dated, Node, Not, Or, Sent, parse_query
from legalhold.review.indexing import unindexed_snapshots
from legalhold.review.naming import names_within

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import tzinfo

    from legalhold.catalog.models import Snapshot
    from legalhold.review.scope import Window

# What is condemned is hidden: it is on its way out, and only a hold brings it back.
_FROM = "FROM review_indexrow r JOIN catalog_version v ON v.id = r.version_id WHERE v.condemned_at IS NULL"


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds: counts, and how many more items of the scope have no date that its dates could be judged by."""

    items: int
    size_bytes: int
    undated: int
    unindexed: tuple[Snapshot, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A query that has been read, and the windows it looks into (None: everything)."""

    node: Node
    windows: tuple[Window, ...] | None
    condition: Condition

    @property
    def scope(self) -> str:
        """The condition of the windows."""
        return EVERYTHING if self.windows is None else within(windows=self.windows)


def read_query(*, text: str, windows: Sequence[Window] | None, zone: tzinfo) -> Query:
    """Read a query within windows. Raises ``QueryUnreadable``, also for a custodian or source that isn't there."""
    node = parse_query(text=text, zone=zone)
    condition = compile_node(node=node, names=names_within(windows=windows))
    return Query(node=node, windows=None if windows is None else tuple(windows), condition=condition)


def count(*, query: Query) -> Found:
    """Return how much a query finds, and what it couldn't look into."""
    where = f"({query.scope}) AND ({query.condition.sql})"
    items, size = rows.fetch(
        f"SELECT COUNT(*), COALESCE(SUM(v.size_bytes), 0) {_FROM} AND {where}", query.condition.params
    )[0]
    return Found(items=int(items), size_bytes=int(size), undated=_undated(query), unindexed=_unindexed(query))


def page(*, query: Query, limit: int, offset: int) -> list[int]:
    """Return the ids of the versions found, newest first, from ``offset`` on."""
    found = rows.fetch(
        f"SELECT v.id {_FROM} AND ({query.scope}) AND ({query.condition.sql})"
        " ORDER BY COALESCE(r.dated_from, r.dated_to, 0) DESC, v.id LIMIT %s OFFSET %s",
        [*query.condition.params, limit, offset],
    )
    return [int(row[0]) for row in found]


def found_by_source(*, query: Query) -> dict[int, list[int]]:
    """Return the ids of all versions found by source, in their order."""
    found: dict[int, list[int]] = {}
    select = (
        f"SELECT v.source_id, v.id {_FROM} AND ({query.scope}) AND ({query.condition.sql}) ORDER BY v.source_id, v.id"
    )
    for source, version in rows.fetch(select, query.condition.params):
        found.setdefault(int(source), []).append(int(version))
    return found


def still_there(*, versions: Collection[int]) -> list[int]:
    """Return those of the versions that haven't been destroyed, in the order of their ids."""
    select = f"SELECT id FROM catalog_version WHERE {rows.any_id('id')} ORDER BY id"
    return [int(row[0]) for row in rows.fetch(select, [rows.ids(versions)])]


def _undated(query: Query) -> int:
    if not _asks_for_dates(query.node):
        return 0
    where = f"({query.scope}) AND r.sent_at IS NULL AND r.dated_from IS NULL AND r.dated_to IS NULL"
    return int(rows.fetch(f"SELECT COUNT(*) {_FROM} AND {where}")[0][0])


def _asks_for_dates(node: Node) -> bool:
    match node:
        case Sent() | Dated():
            return True
        case Not():
            return _asks_for_dates(node.node)
        case And() | Or():
            return any(_asks_for_dates(inner) for inner in node.nodes)
        case _:
            return False


def _unindexed(query: Query) -> tuple[Snapshot, ...]:
    pending = unindexed_snapshots()
    if query.windows is None:
        return tuple(pending)
    lasts = {window.source_id: window.last for window in sorted(query.windows, key=lambda window: window.last)}
    return tuple(one for one in pending.filter(source__in=lasts) if one.sequence <= lasts[one.source_id])
