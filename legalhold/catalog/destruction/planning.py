"""What a run would condemn and destroy, as a value: printed, agreed to by its digest, then executed, never exceeded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from legalhold.accounts.roles import Permission
from legalhold.approvals.figures import count, length, size
from legalhold.archive import canonical_json
from legalhold.catalog.destruction import survey
from legalhold.catalog.destruction.safety import GRACE, MOST_SHARE_PERCENT, SHARE_FLOOR_VERSIONS
from legalhold.database import counted
from legalhold.journal.queries import rebuild_state
from legalhold.matters.access import require

if TYPE_CHECKING:
    from datetime import datetime

    from legalhold.catalog.destruction.survey import KeptBy, SourceShare
    from legalhold.database.counted import ClockReading
    from legalhold.matters.access import Access


class ClockBehind(Exception):
    """The wall clock shows a time before the newest sealed audit event, so nothing that counts time may go on."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Frozen: ``condemns`` and ``destroys`` are the ids, sorted, that an execution may touch; it may do less.

    With no grace a version is in both. ``asks`` are the reasons why a person must confirm ``digest``; empty means that
    a job may execute it alone. ``spares`` are condemned versions that something keeps again.
    """

    is_full: bool
    grace_seconds: int
    condemns: tuple[int, ...]
    destroys: tuple[int, ...]
    spares: tuple[int, ...]
    sources: tuple[SourceShare, ...]
    kept_by: tuple[KeptBy, ...]
    held_versions: int
    held_bytes: int
    version_count: int
    asks: tuple[str, ...]
    digest: str

    @property
    def lines(self) -> tuple[str, ...]:
        """What goes and what stays because of which pin, for a person to read."""
        return (
            f"condemns {count(len(self.condemns), 'version')}, destroys {len(self.destroys):,} of {self.version_count:,}",
            *(
                f"  {share.title}: condemns {share.condemned:,}, destroys {share.destroyed:,} of {share.versions:,}"
                for share in self.sources
                if share.condemned or share.destroyed
            ),
            f"keeps {count(self.held_versions, 'version')} ({size(self.held_bytes)}) only because of pins",
            *(f"  {kept.label}: {count(kept.versions, 'version')} ({size(kept.size_bytes)})" for kept in self.kept_by),
            *(f"asks, because {reason}" for reason in self.asks),
            f"digest {self.digest}",
        )


def plan(
    *,
    is_full: bool,
    grace_seconds: int,
    reading: ClockReading,
    access: Access,
    at: datetime,
    newest_sealed_at: datetime | None = None,
) -> Plan:
    """Return what an execution now would do; writes nothing but the counted clock.

    Raises ``NotAllowed``, ``ClockBehind`` when ``at`` is before ``newest_sealed_at``, ``ValueError`` for a negative grace.
    """
    require(access=access, permission=Permission.COMPACT)
    if grace_seconds < 0:
        raise ValueError(f"a grace of {grace_seconds} seconds is negative; give 0 or more")
    refuse_clock_behind(at=at, newest_sealed_at=newest_sealed_at)
    counted_us = counted.tick(reading=reading)
    condemns = survey.find_condemnable()
    matured = survey.find_matured(condemned_until_us=counted_us - grace_seconds * 1_000_000)
    destroys = tuple(sorted({*matured, *condemns})) if grace_seconds == 0 else matured
    sources = survey.share_by_source(condemns=condemns, destroys=destroys)
    held = survey.count_held()
    return Plan(
        is_full=is_full,
        grace_seconds=grace_seconds,
        condemns=condemns,
        destroys=destroys,
        spares=survey.find_spared(),
        sources=sources,
        kept_by=survey.kept_by_pins(access=access),
        held_versions=held.versions,
        held_bytes=held.size_bytes,
        version_count=sum(share.versions for share in sources),
        asks=_asks(grace_seconds, sources),
        digest=_digest(is_full, grace_seconds, condemns, destroys),
    )


def refuse_clock_behind(*, at: datetime, newest_sealed_at: datetime | None) -> None:
    """Raise ``ClockBehind`` when the wall clock is behind what the audit trail has sealed."""
    if newest_sealed_at is not None and at < newest_sealed_at:
        raise ClockBehind(
            f"the clock says {at.isoformat()}, but an audit event of {newest_sealed_at.isoformat()} is sealed:"
            " set the clock right, or wait until it has passed that time",
        )


def _digest(is_full: bool, grace_seconds: int, condemns: tuple[int, ...], destroys: tuple[int, ...]) -> str:  # noqa: FBT001
    listed = [is_full, grace_seconds, list(condemns), list(destroys)]
    return sha256(canonical_json(listed)).hexdigest()


def _asks(grace_seconds: int, sources: tuple[SourceShare, ...]) -> tuple[str, ...]:
    return (*_asks_grace(grace_seconds), *_asks_share(sources), *_asks_shrunken(), *_asks_rebuilt())


def _asks_grace(grace_seconds: int) -> list[str]:
    if timedelta(seconds=grace_seconds) >= GRACE:
        return []
    return [f"the grace of {length(timedelta(seconds=grace_seconds))} is shorter than {length(GRACE)}"]


def _asks_share(sources: tuple[SourceShare, ...]) -> list[str]:
    """A removed source's versions count neither way: its removal was agreed to by itself."""
    standing = [share for share in sources if not share.is_removed]
    destroyed, versions = sum(share.destroyed for share in standing), sum(share.versions for share in standing)
    asks = (
        [f"it destroys {destroyed:,} of all {count(versions, 'version')}"] if _is_too_much(destroyed, versions) else []
    )
    return asks + [
        f"it destroys {share.destroyed:,} of the {count(share.versions, 'version')} of {share.title}"
        for share in standing
        if share.versions >= SHARE_FLOOR_VERSIONS and _is_too_much(share.destroyed, share.versions)
    ]


def _is_too_much(destroyed: int, versions: int) -> bool:
    return destroyed * 100 > versions * MOST_SHARE_PERCENT


def _asks_shrunken() -> list[str]:
    before = survey.last_known()
    missing = before.versions - survey.known_now(greatest=before.greatest).versions if before else 0
    are = "version that the last run knew is" if missing == 1 else "versions that the last run knew are"
    return [f"{missing:,} {are} missing without a tombstone"] if missing > 0 else []


def _asks_rebuilt() -> list[str]:
    """Ask once after a rebuild: what the last run left isn't known any more, so what is missing can't be told by its number."""
    state = rebuild_state()
    if state.rebuilt_at is None or survey.last_known() is not None:
        return []
    losses = f", which lost: {state.losses}" if state.losses else ""
    return [f"it is the first run after the catalog was rebuilt on {state.rebuilt_at:%Y-%m-%d %H:%M} UTC{losses}"]
