"""Writes down what a snapshot added and closed, in the archive's own format, out of the catalog's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from legalhold.archive import AddedRow, ClosedRow, SnapshotManifest, encode_manifest
from legalhold.catalog.capture.places import path_of
from legalhold.database import rows
from legalhold.database.fields import to_micros

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from legalhold.catalog.capture.snapshots import OpenSnapshot
    from legalhold.connectors import Folder

ROWS_AT_ONCE = 5_000
"""Versions read at once while a manifest is written."""

_ADDED = """
    SELECT v.id, f.path, v.item_key, v.name, v.kind, v.item_from, v.item_to, v.size_bytes, c.content_digest, c.crc32,
           v.exceptions, v.flags, EXISTS (SELECT 1 FROM catalog_contentpart r WHERE r.content_id = c.id AND r.ordinal = -1)
    FROM catalog_version v JOIN catalog_folder f ON f.id = v.folder_id JOIN catalog_content c ON c.id = v.content_id WHERE
"""

_CLOSED = "SELECT v.id, f.path, v.item_key, v.first_seen FROM catalog_version v JOIN catalog_folder f ON f.id = v.folder_id WHERE"


def manifest_chunks(
    *,
    snapshot: OpenSnapshot,
    state: str,
    ledger: Mapping[str, int],
    listed: Iterable[Folder],
    added: Sequence[int],
    closed: Sequence[int],
) -> Iterator[bytes]:
    """Yield the chunks of the manifest of a snapshot that ends in ``state``; versions by id. Memory: one chunk."""
    head = SnapshotManifest(
        source_key=str(snapshot.source_key),
        sequence=snapshot.sequence,
        taken_at=to_micros(snapshot.taken_at),
        state=state,
        closes_at=snapshot.sequence - 1,
        custody=snapshot.custody,
        ledger=ledger,
    )
    yield from encode_manifest(
        snapshot=head,
        listed=sorted(path_of(folder) for folder in listed),
        added=map(_added_row, _by_id(_ADDED, added)),
        closed=(ClosedRow(bytes(path), bytes(key), int(first)) for _, path, key, first in _by_id(_CLOSED, closed)),
    )


def _added_row(row: tuple[Any, ...]) -> AddedRow:
    _, path, key, name, kind, item_from, item_to, size_bytes, digest, crc32, exceptions, flags, has_recipe = row
    return AddedRow(
        folder=bytes(path),
        item_key=bytes(key),
        name=bytes(name),
        kind=int(kind),
        item_from=item_from,
        item_to=item_to,
        size_bytes=int(size_bytes),
        content_digest=bytes(digest),
        crc32=int(crc32),
        parts=None if has_recipe else (bytes(digest),),
        exceptions=tuple(exceptions.split(",")) if exceptions else (),
        flags=bytes(flags or b""),
    )


def _by_id(select: str, ids: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Yield the selected rows in the order of ``ids``, reading some at a time."""
    for start in range(0, len(ids), ROWS_AT_ONCE):
        wanted = ids[start : start + ROWS_AT_ONCE]
        found = {int(row[0]): row for row in rows.fetch(f"{select} {rows.any_id('v.id')}", [rows.ids(wanted)])}
        yield from (found[each] for each in wanted if each in found)
