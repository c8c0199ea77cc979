"""Whether a source may still be captured, asked inside the commit that captures from it."""

from __future__ import annotations

from legalhold.catalog.capture.snapshots import SourceNotActive
from legalhold.database import rows


def require_active(*, source_id: int) -> None:
    """Raise SourceNotActive unless the source is active, and keep it so until the transaction ends."""
    lock = "FOR SHARE" if rows.is_postgresql() else ""
    [[state, name]] = rows.fetch(f"SELECT state, name FROM catalog_source WHERE id = %s {lock}", [source_id])
    if state != "active":
        raise SourceNotActive(f"source {name!r} is {state}: nothing is captured from it any more")
