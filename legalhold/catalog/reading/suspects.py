"""Contents whose bytes the catalog knows to be incomplete, or that lie in packs the store hasn't got. Reads no pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from legalhold.catalog.capture.committing import by_digest
from legalhold.database import rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from legalhold.archive import Archive

# Joined and grouped: as a subquery for each content it read all parts for each on a PostgreSQL that knows no sizes yet.
_STORED: Final = """
    SELECT c.content_digest FROM catalog_content c
    LEFT JOIN catalog_contentpart cp ON cp.content_id = c.id AND cp.ordinal >= 0
    LEFT JOIN catalog_part p ON p.id = cp.part_id
    LEFT JOIN catalog_pack k ON k.id = p.pack_id AND k.state = 'live'
    WHERE c.content_digest"""
_INCOMPLETE: Final = """
    GROUP BY c.id, c.content_digest, c.size_bytes
    HAVING c.size_bytes <> COALESCE(SUM(CASE WHEN k.id IS NULL THEN 0 ELSE p.raw_length END), 0)
"""

_IN_PACKS: Final = f"""
    SELECT DISTINCT c.content_digest FROM catalog_part p JOIN catalog_contentpart cp ON cp.part_id = p.id
    JOIN catalog_content c ON c.id = cp.content_id WHERE cp.ordinal >= 0 AND {rows.any_id("p.pack_id")}
"""


def suspect_contents(*, digests: Collection[bytes], archive: Archive) -> set[bytes]:
    """Return which of these contents seem not to be whole. Reading one tells: a repack may have moved it meanwhile."""
    wanted = set(digests)
    live = rows.fetch("SELECT id, name FROM catalog_pack WHERE state = 'live'")
    stored = set(archive.store.names(prefix="packs/"))
    absent = [int(pack_id) for pack_id, name in live if name not in stored]
    found = {bytes(digest) for (digest,) in by_digest(_STORED, sorted(wanted), _INCOMPLETE)}
    if absent:
        found |= {bytes(digest) for (digest,) in rows.fetch(_IN_PACKS, [rows.ids(absent)])}
    return found & wanted
