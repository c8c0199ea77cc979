"""Why a version is here, or when, why and by which run it went. Names every reason; whom to tell them is decided above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from legalhold.catalog.destruction.reclaimable import is_reclaimable
from legalhold.catalog.held import holding_pins
from legalhold.catalog.models import Pin, Snapshot, Tombstone, Version
from legalhold.database.rows import fetch

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

SHOWN_SNAPSHOTS: Final = 100
"""An item kept by a thousand snapshots is explained by the first hundred of them."""


class VersionUnknown(Exception):
    """There is no such version, and no tombstone of one."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a version stands: ``kept``, ``expired`` (nothing but pins keeps it), ``condemned``, ``destroyable``, ``destroyed``.

    ``at`` is when it came to be condemned, destroyable or destroyed; ``run_key`` and ``because`` are a destroyed one's.
    """

    phase: str
    snapshots: tuple[Snapshot, ...] = ()
    pins: tuple[Pin, ...] = ()
    at: datetime | None = None
    run_key: UUID | None = None
    because: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The reasons, one a line, the pins' own labels included."""
        return (
            *(
                [f"destroyed {self.at:%Y-%m-%d %H:%M} UTC by run {self.run_key}: {self.because}"]
                if self.run_key
                else []
            ),
            *(
                f"in snapshot {row.sequence}, kept{f' by {row.kept_by}' if row.kept_by else ''}"
                for row in self.snapshots
            ),
            *(f"held by {pin.label}" for pin in self.pins),
            *([f"{self.phase} since {self.at:%Y-%m-%d %H:%M} UTC"] if self.at and not self.run_key else []),
        )


def explain_version(*, version_id: int) -> Explanation:
    """Return why the version of this id is here, or how it went. Raises ``VersionUnknown``."""
    version = Version.objects.filter(pk=version_id).first()
    if version is None:
        return _explain_tombstone(version_id)
    kept = Snapshot.objects.filter(
        source=version.source_id,
        expired_at=None,
        sequence__gte=version.first_seen,
        sequence__lte=version.last_seen,
    )
    return Explanation(
        phase=_phase(version),
        snapshots=tuple(kept.order_by("sequence")[:SHOWN_SNAPSHOTS]),
        pins=pins_holding(version_id=version_id),
        at=version.destroyable_at or version.condemned_at,
    )


def pins_holding(*, version_id: int) -> tuple[Pin, ...]:
    """Return the pins that hold a version, by label."""
    one = f"(SELECT * FROM catalog_version WHERE id = {int(version_id)}) v"
    return tuple(
        Pin.objects.filter(pk__in=[pin for _, pin in fetch(holding_pins(versions=one))]).order_by("label", "pk")
    )


def _explain_tombstone(version_id: int) -> Explanation:
    tombstone = Tombstone.objects.filter(version_id=version_id).first()
    if tombstone is None:
        raise VersionUnknown(f"there is no version {version_id}, and none was destroyed")
    return Explanation(
        phase="destroyed", at=tombstone.destroyed_at, run_key=tombstone.run_key, because=tombstone.because
    )


def _phase(version: Version) -> str:
    if version.destroyable_at is not None:
        return "destroyable"
    if version.condemned_at is not None:
        return "condemned"
    reclaimable = f"SELECT 1 FROM catalog_version v WHERE v.id = %s AND {is_reclaimable(version='v')}"
    return "expired" if fetch(reclaimable, [version.pk]) else "kept"
