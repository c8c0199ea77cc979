"""What names versions outside this database: their source's key and their digest. Integer ids don't survive a rebuild."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from legalhold.catalog.digests import version_digest
from legalhold.database.rows import any_id, fetch, ids

if TYPE_CHECKING:
    from collections.abc import Collection

_IDENTITIES = """
    SELECT v.id, v.source_id, s.key, s.state, f.path, v.item_key, v.kind, v.first_seen, v.size_bytes,
           v.content_id, c.content_digest
    FROM catalog_version v
    JOIN catalog_source s ON s.id = v.source_id
    JOIN catalog_folder f ON f.id = v.folder_id
    JOIN catalog_content c ON c.id = v.content_id
    WHERE
"""


class Identity(NamedTuple):
    """A version's row as the journal and tombstones name it; none of this ever changes."""

    version_id: int
    source_id: int
    source_key: UUID
    is_source_removed: bool
    kind: int
    first_seen: int
    size_bytes: int
    content_id: int
    content_digest: bytes
    version_digest: bytes


def read_identities(*, versions: Collection[int]) -> list[Identity]:
    """Return the identities of ``versions`` by id; a version whose folder or content row is missing is left out."""
    rows = fetch(f"{_IDENTITIES} {any_id('v.id')} ORDER BY v.id", [ids(versions)])
    return [_identity(row) for row in rows]


def read_identities_of_source(*, source_id: int) -> list[Identity]:
    """Return the identities of every version of a source by id."""
    return [_identity(row) for row in fetch(f"{_IDENTITIES} v.source_id = %s ORDER BY v.id", [source_id])]


def _identity(row: tuple[Any, ...]) -> Identity:
    version_id, source_id, key, state, path, item_key, kind, first_seen, size_bytes, content_id, digest = row
    source_key = UUID(str(key))
    content_digest = bytes(digest)
    return Identity(
        version_id=int(version_id),
        source_id=int(source_id),
        source_key=source_key,
        is_source_removed=state == "removing",
        kind=int(kind),
        first_seen=int(first_seen),
        size_bytes=int(size_bytes),
        content_id=int(content_id),
        content_digest=content_digest,
        version_digest=version_digest(
            source_key=source_key,
            folder=bytes(path),
            item_key=bytes(item_key),
            first_seen=int(first_seen),
            content_digest=content_digest,
        ),
    )
