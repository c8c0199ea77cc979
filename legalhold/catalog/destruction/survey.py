"""Reads what a plan is made of: candidates, what pins keep of them, and their share of each source. Writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from legalhold.catalog.destruction.reclaimable import BY_GAP, BY_REMOVAL, GAPS, is_reclaimable
from legalhold.catalog.held import holding_pins, is_held
from legalhold.catalog.models import CompactionRun
from legalhold.catalog.owners import owners_now, titled
from legalhold.database.rows import any_id, fetch, ids
from legalhold.matters.access import FOREIGN, reached_matters

if TYPE_CHECKING:
    from legalhold.matters.access import Access

_CANDIDATES: Final = (
    f"{GAPS}, candidate AS (SELECT v.* FROM catalog_version v WHERE v.id IN ({BY_GAP} UNION {BY_REMOVAL}))"
)
_RECLAIMABLE: Final = is_reclaimable(version="v")
_HELD: Final = is_held(version="v")


class SourceShare(NamedTuple):
    """How many of a source's versions a plan condemns and destroys; ``custodians`` are the names of those whose it is now."""

    source_key: str
    name: str
    is_removed: bool
    versions: int
    condemned: int
    destroyed: int
    custodians: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Its name and whose it is, as other sources may have the same name."""
        return titled(name=self.name, custodians=self.custodians)


class KeptBy(NamedTuple):
    """What a pin keeps that nothing else would; two pins may keep the same version."""

    label: str
    owner: str
    matter_id: int | None
    versions: int
    size_bytes: int


class Known(NamedTuple):
    """How many versions, there or destroyed, have an id up to the greatest."""

    greatest: int
    versions: int


class Held(NamedTuple):
    """Versions, each counted once, that only pins keep."""

    versions: int
    size_bytes: int


def find_condemnable() -> tuple[int, ...]:
    """Return the ids of versions that nothing keeps and that aren't condemned yet, sorted."""
    return _first(
        fetch(f"{_CANDIDATES} SELECT v.id FROM candidate v WHERE v.condemned_at IS NULL AND NOT {_HELD} ORDER BY v.id")
    )


def find_matured(*, condemned_until_us: int) -> tuple[int, ...]:
    """Return the ids of condemned versions whose grace is over by the counted clock, and that nothing keeps again."""
    return _first(
        fetch(
            "SELECT v.id FROM catalog_version v WHERE v.condemned_at IS NOT NULL"
            " AND (v.destroyable_at IS NOT NULL OR v.condemned_counted_us <= %s)"
            f" AND {_RECLAIMABLE} AND NOT {_HELD} ORDER BY v.id",
            [condemned_until_us],
        ),
    )


def find_spared() -> tuple[int, ...]:
    """Return the ids of condemned versions that a snapshot or a pin keeps again."""
    return _first(
        fetch(
            "SELECT v.id FROM catalog_version v"
            f" WHERE v.condemned_at IS NOT NULL AND (NOT {_RECLAIMABLE} OR {_HELD}) ORDER BY v.id",
        ),
    )


def count_held() -> Held:
    """Return how much only pins keep."""
    held = f"SELECT COUNT(*), COALESCE(SUM(v.size_bytes), 0) FROM candidate v WHERE {_HELD}"
    return Held(*map(int, fetch(f"{_CANDIDATES} {held}")[0]))


def kept_by_pins(*, access: Access) -> tuple[KeptBy, ...]:
    """Return what each pin keeps that nothing else would, the pin that keeps most first; a foreign matter's isn't named."""
    rows = fetch(
        f"{_CANDIDATES} SELECT p.label, p.owner, p.matter_id, COUNT(*), SUM(c.size_bytes)"
        f" FROM ({holding_pins(versions='candidate v')}) h"
        " JOIN candidate c ON c.id = h.version_id JOIN catalog_pin p ON p.id = h.pin_id"
        " GROUP BY p.id, p.label, p.owner, p.matter_id ORDER BY COUNT(*) DESC, p.label, p.id",
    )
    matters = {row[2] for row in rows if row[2] is not None}
    foreign = matters - reached_matters(access=access, ids=matters)
    return tuple(
        KeptBy(FOREIGN, owner.partition(":")[0], None, int(count), int(size))
        if matter in foreign
        else KeptBy(label, owner, matter, int(count), int(size))
        for label, owner, matter, count, size in rows
    )


def share_by_source(*, condemns: tuple[int, ...], destroys: tuple[int, ...]) -> tuple[SourceShare, ...]:
    """Return every source with versions, by name, and how many of them the ids take."""
    condemned, destroyed = _count_by_source(condemns), _count_by_source(destroys)
    rows = fetch(
        "SELECT s.id, s.key, s.name, s.state, n.versions FROM catalog_source s JOIN"
        " (SELECT source_id, COUNT(*) AS versions FROM catalog_version GROUP BY source_id) n ON n.source_id = s.id"
        " ORDER BY s.name, s.id",
    )
    owners = owners_now(sources=[row[0] for row in rows])
    return tuple(
        SourceShare(
            source_key=str(key),
            name=name,
            is_removed=state == "removing",
            versions=versions,
            condemned=condemned.get(number, 0),
            destroyed=destroyed.get(number, 0),
            custodians=owners.get(number, ()),
        )
        for number, key, name, state, versions in rows
    )


def last_known() -> Known | None:
    """Return what the last run that ended knew of, None when none has."""
    run = CompactionRun.objects.filter(greatest_version__gt=0).order_by("-id").first()
    return None if run is None else Known(run.greatest_version, run.known_versions)


def known_now(*, greatest: int | None = None) -> Known:
    """Return how many versions there are or were, up to the id ``greatest``; up to the newest if not given.

    Ids are never used twice, so of those up to some id no later act makes fewer: a destroyed one has its tombstone.
    """
    if greatest is None:
        newest = "SELECT MAX(id) FROM catalog_version UNION ALL SELECT MAX(version_id) FROM catalog_tombstone"
        greatest = max(row[0] or 0 for row in fetch(newest))
    there = "SELECT COUNT(*) FROM catalog_version WHERE id <= %s"
    destroyed = "SELECT COUNT(*) FROM catalog_tombstone WHERE version_id <= %s"
    return Known(greatest, sum(int(row[0]) for row in fetch(f"{there} UNION ALL {destroyed}", [greatest, greatest])))


def _count_by_source(versions: tuple[int, ...]) -> dict[int, int]:
    counted = f"SELECT v.source_id, COUNT(*) FROM catalog_version v WHERE {any_id('v.id')} GROUP BY v.source_id"
    return dict(fetch(counted, [ids(versions)]))


def _first(rows: list[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(row[0] for row in rows)
