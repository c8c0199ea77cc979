"""The marks before destruction: condemned, spared, destroyable. All reversible; placing a hold clears them (rescue)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from legalhold.catalog.destruction.gate import destroying
from legalhold.catalog.destruction.reclaimable import is_reclaimable
from legalhold.catalog.held import is_held
from legalhold.database.fields import to_micros
from legalhold.database.rows import any_id, execute, ids

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from legalhold.catalog.destruction.pace import Pace

UNMARKED: Final = "condemned_at = NULL, condemned_counted_us = NULL, destroyable_at = NULL"
_KEPT: Final = f"(NOT {is_reclaimable(version='v')} OR {is_held(version='v')})"


def spare(*, versions: Sequence[int], pace: Pace) -> int:
    """Clear the marks of condemned versions that something keeps again; returns how many."""
    return sum(
        _update(f"{UNMARKED} WHERE {any_id('v.id')} AND v.condemned_at IS NOT NULL AND {_KEPT}", [ids(batch)])
        for batch in pace.batches(versions)
    )


def condemn(*, versions: Sequence[int], counted_us: int, at: datetime, pace: Pace) -> int:
    """Mark versions that nothing keeps now; under the guard, so that a hold placed meanwhile rescues or prevents."""
    return sum(
        _update(
            "condemned_at = %s, condemned_counted_us = %s"
            f" WHERE {any_id('v.id')} AND v.condemned_at IS NULL AND NOT {_KEPT}",
            [to_micros(at), counted_us, ids(batch)],
        )
        for batch in pace.batches(versions)
    )


def mature(*, versions: Sequence[int], grace_seconds: int, counted_us: int, at: datetime, pace: Pace) -> int:
    """Make condemned versions destroyable once their grace is over by the counted clock; destroying reads only the mark."""
    return sum(
        _update(
            "destroyable_at = %s"
            f" WHERE {any_id('v.id')} AND v.destroyable_at IS NULL AND v.condemned_counted_us <= %s AND NOT {_KEPT}",
            [to_micros(at), ids(batch), counted_us - grace_seconds * 1_000_000],
        )
        for batch in pace.batches(versions)
    )


def _update(change: str, params: list[object]) -> int:
    with destroying():
        return execute(f"UPDATE catalog_version AS v SET {change}", params)
