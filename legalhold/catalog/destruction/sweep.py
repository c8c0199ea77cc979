"""Marks what nothing refers to as dead, and deletes what is dead: contents, then their parts.

Lock first, look second: rows are locked by a statement of their own, contents before parts, and only the next one, with
a fresh snapshot, asks whether anything refers to them. An ingest that uses a row again either has it locked, and is
seen, or waits, and finds it gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from legalhold.archive import PartKind
from legalhold.archive.failpoints import hit, register
from legalhold.catalog.destruction.gate import destroying
from legalhold.database.fields import to_micros
from legalhold.database.rows import any_id, execute, fetch, ids, locked
from legalhold.journal.queries import losses_stand

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from legalhold.catalog.destruction.running import Running

register("sweep.content", "sweep.part")

LOCK_CONTENTS: Final = locked(f"SELECT c.id FROM catalog_content c WHERE {any_id('c.id')} ORDER BY c.id")
LOCK_PARTS: Final = locked(f"SELECT p.id FROM catalog_part p WHERE {any_id('p.id')} ORDER BY p.id")

UNREFERRED: Final = (
    "NOT EXISTS (SELECT 1 FROM catalog_version v WHERE v.content_id = c.id)"
    " AND NOT EXISTS (SELECT 1 FROM catalog_snapshot s WHERE s.manifest_content = c.id)"
    " AND NOT EXISTS (SELECT 1 FROM catalog_keptcontent k WHERE k.content_id = c.id AND k.ended_at IS NULL)"
)
"""A content is kept by a version, by a snapshot whose manifest it is, or by a room above that wrote it down."""

LIFELESS: Final = (
    "NOT EXISTS (SELECT 1 FROM catalog_contentpart cp JOIN catalog_content c ON c.id = cp.content_id"
    " WHERE cp.part_id = p.id AND c.dead_at IS NULL)"
)
"""A part is dead when no content that is not dead has it."""

UNNAMED: Final = "NOT EXISTS (SELECT 1 FROM catalog_contentpart cp WHERE cp.part_id = p.id)"
"""A part is deleted only when no content, dead or not, has it."""

_UNREAD: Final = "SELECT 1 FROM catalog_snapshot s WHERE s.state <> 'open' AND s.manifest_content IS NULL LIMIT 1"

DELETE_CONTENTS: Final = (
    f"DELETE FROM catalog_content AS c WHERE {any_id('c.id')} AND c.dead_at IS NOT NULL AND {UNREFERRED} RETURNING id"
)
DELETE_PARTS: Final = f"DELETE FROM catalog_part AS p WHERE {any_id('p.id')} AND p.dead_at IS NOT NULL AND {UNNAMED}"
DELETE_RECIPES: Final = f"{DELETE_PARTS} AND p.kind = {int(PartKind.RECIPE)}"


def mark_dead(*, contents: Collection[int], at: datetime) -> int:
    """Mark the contents that nothing refers to, and their parts; joins the transaction. Returns how many contents.

    While a rebuild's losses stand it marks nothing: a snapshot that is lost may refer to any of them.
    """
    if losses_stand():
        return 0
    fetch(LOCK_CONTENTS, [ids(contents)])
    dead = _first(
        fetch(
            f"UPDATE catalog_content AS c SET dead_at = %s WHERE {any_id('c.id')} AND c.dead_at IS NULL AND {UNREFERRED}"
            " RETURNING id",
            [to_micros(at), ids(contents)],
        ),
    )
    parts = _first(fetch(f"SELECT DISTINCT part_id FROM catalog_contentpart WHERE {any_id('content_id')}", [ids(dead)]))
    _mark_parts(parts, at)
    return len(dead)


def sweep(*, running: Running) -> None:
    """Delete every dead content and part that nothing uses again, and count them."""
    contents = _first(fetch("SELECT c.id FROM catalog_content c WHERE c.dead_at IS NOT NULL ORDER BY c.id"))
    for batch in running.pace().batches(contents):
        running.count("contents_destroyed", _sweep_contents(batch, running.at))
    parts = _first(fetch("SELECT p.id FROM catalog_part p WHERE p.dead_at IS NOT NULL ORDER BY p.id"))
    for batch in running.pace().batches(parts):
        running.count("parts_destroyed", _sweep_parts(batch))


def mark_strays(*, running: Running) -> None:
    """Mark contents and parts that nothing refers to and no act has marked: what a rebuild or a crash left over.

    Not while a snapshot has no manifest, or anything else that a rebuild lost: what looks left over may be its.
    """
    if losses_stand() or fetch(_UNREAD):
        return
    contents = _first(
        fetch(f"SELECT c.id FROM catalog_content c WHERE c.dead_at IS NULL AND {UNREFERRED} ORDER BY c.id")
    )
    for batch in running.pace().batches(contents):
        with destroying():
            mark_dead(contents=batch, at=running.at)
    parts = _first(fetch(f"SELECT p.id FROM catalog_part p WHERE p.dead_at IS NULL AND {LIFELESS} ORDER BY p.id"))
    for batch in running.pace().batches(parts):
        with destroying():
            _mark_parts(batch, running.at)


def sweep_folders(*, running: Running) -> None:
    """Delete the folders of removed sources that have no version any more: their names go with the last item.

    Of an active source an empty folder stays: a capture may have looked it up for what it is about to insert.
    """
    empty = (
        "EXISTS (SELECT 1 FROM catalog_source r WHERE r.id = f.source_id AND r.state = 'removing')"
        " AND NOT EXISTS (SELECT 1 FROM catalog_version v WHERE v.source_id = f.source_id AND v.folder_id = f.id)"
    )
    folders = _first(fetch(f"SELECT f.id FROM catalog_folder f WHERE {empty} ORDER BY f.id"))
    for batch in running.pace().batches(folders):
        with destroying():
            gone = execute(f"DELETE FROM catalog_folder AS f WHERE {any_id('f.id')} AND {empty}", [ids(batch)])
        running.count("folders_destroyed", gone)


def _sweep_contents(batch: Sequence[int], at: datetime) -> int:
    """Delete dead contents and their recipes, and return how many contents; other parts are left to be swept.

    load-bearing: a recipe is found by its content's digest, not by its bytes. Left behind by a kill, it would be taken for the
    recipe of the same bytes captured again and cut elsewhere; the archive alone would give those back no more.
    """
    with destroying():
        fetch(LOCK_CONTENTS, [ids(batch)])
        deleted = _first(fetch(DELETE_CONTENTS, [ids(batch)]))
        gone = ids(deleted)
        parts = _first(fetch(f"SELECT DISTINCT part_id FROM catalog_contentpart WHERE {any_id('content_id')}", [gone]))
        execute(f"DELETE FROM catalog_contentpart WHERE {any_id('content_id')}", [gone])
        execute(f"DELETE FROM catalog_itemfacts WHERE {any_id('content_id')}", [gone])
        _mark_parts(parts, at)
        execute(DELETE_RECIPES, [ids(parts)])
        hit("sweep.content")
    return len(deleted)


def _sweep_parts(batch: Sequence[int]) -> int:
    with destroying():
        fetch(LOCK_PARTS, [ids(batch)])
        count = execute(DELETE_PARTS, [ids(batch)])
        hit("sweep.part")
    return count


def _mark_parts(parts: Collection[int], at: datetime) -> None:
    fetch(LOCK_PARTS, [ids(parts)])
    execute(
        f"UPDATE catalog_part AS p SET dead_at = %s WHERE {any_id('p.id')} AND p.dead_at IS NULL AND {LIFELESS}",
        [to_micros(at), ids(parts)],
    )


def _first(rows: list[tuple[int, ...]]) -> list[int]:
    return [row[0] for row in rows]
