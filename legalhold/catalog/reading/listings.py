"""What a source showed in a snapshot: the versions in its folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from legalhold.connectors.keys import bounded_key
from legalhold.database import rows
from legalhold.database.fields import from_micros
from legalhold.formats import ItemKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

ROWS_AT_ONCE = 2_000

_SHOWN = """
    SELECT v.id, f.path, v.item_key, v.name, v.kind, v.item_from, v.item_to, v.first_seen, v.last_seen, v.size_bytes,
           c.content_digest, v.exceptions, v.condemned_at
    FROM catalog_version v JOIN catalog_folder f ON f.id = v.folder_id JOIN catalog_content c ON c.id = v.content_id
"""

_AT = "v.source_id = %s AND v.first_seen <= %s AND v.last_seen >= %s"


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version as lists show it. Dates are aware, None where open; ``last_seen`` is LIVE while it is still shown."""

    version_id: int
    folder: bytes
    item_key: bytes
    name: bytes
    kind: ItemKind
    item_from: datetime | None
    item_to: datetime | None
    first_seen: int
    last_seen: int
    size_bytes: int
    content_digest: bytes
    exceptions: tuple[str, ...]
    is_condemned: bool


def listing(*, source_id: int, sequence: int, folder: bytes | None = None) -> Iterator[ShownVersion]:
    """Yield what a snapshot shows, in one folder or (None) in all, by folder, name and key; reads some at a time.

    Of an expired snapshot, only what hasn't been destroyed yet.
    """
    ids = rows.fetch(
        f"SELECT v.id FROM catalog_version v JOIN catalog_folder f ON f.id = v.folder_id WHERE {_AT}"
        f" {'' if folder is None else 'AND f.path_key = %s'} ORDER BY f.path, v.name, v.item_key",
        [source_id, sequence, sequence, *([] if folder is None else [bounded_key(folder)])],
    )
    return shown_versions(versions=[int(row[0]) for row in ids])


def shown_versions(*, versions: list[int]) -> Iterator[ShownVersion]:
    """Yield versions by id in the order given; those that are gone are left out."""
    for start in range(0, len(versions), ROWS_AT_ONCE):
        wanted = versions[start : start + ROWS_AT_ONCE]
        found = rows.fetch(f"{_SHOWN} WHERE {rows.any_id('v.id')}", [rows.ids(wanted)])
        by_id = {int(row[0]): _shown(row) for row in found}
        yield from (by_id[each] for each in wanted if each in by_id)


def _shown(row: tuple[Any, ...]) -> ShownVersion:
    version_id, folder, key, name, kind, item_from, item_to, first, last, size, digest, exceptions, condemned = row
    return ShownVersion(
        version_id=int(version_id),
        folder=bytes(folder),
        item_key=bytes(key),
        name=bytes(name),
        kind=ItemKind(kind),
        item_from=None if item_from is None else from_micros(item_from),
        item_to=None if item_to is None else from_micros(item_to),
        first_seen=int(first),
        last_seen=int(last),
        size_bytes=int(size),
        content_digest=bytes(digest),
        exceptions=tuple(exceptions.split(",")) if exceptions else (),
        is_condemned=condemned is not None,
    )
