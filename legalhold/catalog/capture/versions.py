"""Rows of versions: inserting a batch of them, and closing them when their snapshot is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from legalhold.catalog.capture.places import ensure_folders, folder_ids, path_of
from legalhold.catalog.models import LIVE
from legalhold.database import rows
from legalhold.database.fields import micros_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from legalhold.archive import ContentSummary
    from legalhold.catalog.capture.snapshots import OpenSnapshot
    from legalhold.connectors import RawItem

CLOSED_AT_ONCE = 5_000
"""Versions per closing statement: its parameter stays small."""

COLUMNS = (
    "source_id",
    "folder_id",
    "item_key",
    "name",
    "kind",
    "item_from",
    "item_to",
    "first_seen",
    "last_seen",
    "size_bytes",
    "content_id",
    "exceptions",
    "flags",
)

SUPERSEDED = f"""
    v.source_id = %s AND v.last_seen = {LIVE} AND v.first_seen < %s AND EXISTS (
        SELECT 1 FROM catalog_version w WHERE w.source_id = v.source_id AND w.folder_id = v.folder_id
        AND w.item_key = v.item_key AND w.first_seen = %s)
"""


class NewVersion(NamedTuple):
    """An item whose content isn't what the source showed last."""

    item: RawItem
    summary: ContentSummary


def insert_versions(
    *, snapshot: OpenSnapshot, versions: Sequence[NewVersion], contents: Mapping[bytes, int], known: dict[bytes, int]
) -> None:
    """Insert the versions that begin with ``snapshot``; joins the caller's transaction. Adds new folders to ``known``."""
    paths = {path_of(version.item.folder) for version in versions}
    if paths - known.keys():
        ensure_folders(source_id=snapshot.source_id, paths=paths - known.keys())
        known.update(folder_ids(source_id=snapshot.source_id))
    rows.insert_rows(table="catalog_version", columns=COLUMNS, rows=_values(snapshot, versions, contents, known))


def _values(
    snapshot: OpenSnapshot, versions: Iterable[NewVersion], contents: Mapping[bytes, int], folders: Mapping[bytes, int]
) -> Iterator[tuple[object, ...]]:
    for item, summary in versions:
        yield (
            snapshot.source_id,
            folders[path_of(item.folder)],
            item.key,
            item.name,
            int(item.kind),
            micros_or_none(item.item_from),
            micros_or_none(item.item_to),
            snapshot.sequence,
            LIVE,
            summary.size_bytes,
            contents[summary.digest],
            ",".join(item.exceptions),
            item.flags or None,
        )


def superseded(*, snapshot: OpenSnapshot) -> list[int]:
    """Return the versions that the open snapshot saw to have changed: another one begins with it at their place."""
    params = [snapshot.source_id, snapshot.sequence, snapshot.sequence]
    return [int(row[0]) for row in rows.fetch(f"SELECT v.id FROM catalog_version v WHERE {SUPERSEDED}", params)]


def added(*, snapshot: OpenSnapshot) -> list[int]:
    """Return the versions that begin with the snapshot."""
    select = "SELECT id FROM catalog_version WHERE source_id = %s AND first_seen = %s ORDER BY folder_id, item_key"
    return [int(row[0]) for row in rows.fetch(select, [snapshot.source_id, snapshot.sequence])]


def close_versions(*, snapshot: OpenSnapshot, versions: Sequence[int]) -> int:
    """Let ``versions`` end with the snapshot before this one; joins the caller's transaction. Returns how many did."""
    update = f"UPDATE catalog_version SET last_seen = %s WHERE {rows.any_id('id')} AND last_seen = {LIVE}"
    return sum(
        rows.execute(update, [snapshot.sequence - 1, rows.ids(versions[start : start + CLOSED_AT_ONCE])])
        for start in range(0, len(versions), CLOSED_AT_ONCE)
    )


def count_live_items(*, source_id: int, before: int, container: int) -> int:
    """Return how many items (containers aside) the source showed before snapshot number ``before``."""
    select = (
        f"SELECT count(*) FROM catalog_version WHERE source_id = %s AND last_seen = {LIVE}"
        " AND first_seen < %s AND kind <> %s"
    )
    return int(rows.fetch(select, [source_id, before, container])[0][0])
