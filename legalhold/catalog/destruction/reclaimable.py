"""Which versions nothing keeps any more, as far as snapshots and the source's state go. Pins are asked elsewhere.

A version is reclaimable when its closed range lies strictly inside a gap between consecutive kept snapshots of its
source. An open snapshot counts as kept, the beginning is a border, and above a range there must be a kept snapshot:
a source without one yields nothing.
"""

from __future__ import annotations

from typing import Final

from legalhold.catalog.models import LIVE

_KEPT = "SELECT 1 FROM catalog_snapshot k WHERE k.source_id = {v}.source_id AND k.expired_at IS NULL"

_IN_GAP = (
    f"({{v}}.last_seen < {LIVE}"
    f" AND EXISTS ({_KEPT} AND k.sequence > {{v}}.last_seen)"
    f" AND NOT EXISTS ({_KEPT} AND k.sequence >= {{v}}.first_seen AND k.sequence <= {{v}}.last_seen))"
)

_REMOVED = "EXISTS (SELECT 1 FROM catalog_source r WHERE r.id = {v}.source_id AND r.state = 'removing')"

GAPS: Final = """
    WITH kept AS (SELECT source_id, sequence FROM catalog_snapshot WHERE expired_at IS NULL),
    gap AS (
        SELECT * FROM (
            SELECT source_id, sequence AS upper,
                   LAG(sequence, 1, 0) OVER (PARTITION BY source_id ORDER BY sequence) AS lower
            FROM kept
        ) borders WHERE upper > lower + 1
    )
"""
"""Pairs of borders with at least one expired snapshot between them."""

BY_GAP: Final = f"""
    SELECT v.id FROM gap g JOIN catalog_version v
      ON v.source_id = g.source_id AND v.last_seen > g.lower AND v.last_seen < g.upper
     AND v.first_seen > g.lower AND v.last_seen < {LIVE}
"""
"""Ids of reclaimable versions, found through the partial index of closed ranges: the work is that of the garbage."""

BY_REMOVAL: Final = (
    "SELECT v.id FROM catalog_source r JOIN catalog_version v ON v.source_id = r.id WHERE r.state = 'removing'"
)


def is_reclaimable(*, version: str) -> str:
    """Return the answer of ``BY_GAP`` and ``BY_REMOVAL`` as a condition on a row: the destroying statement evaluates it itself."""
    return f"({_IN_GAP} OR {_REMOVED})".format(v=version)
