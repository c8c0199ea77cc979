"""Reading holds: finding one, what it reaches and what it doesn't, and what only it keeps."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q

from legalhold.catalog.held import holding_pins
from legalhold.catalog.models import GroupMember, Pin, Snapshot, Source, SourceCustodian
from legalhold.database import rows
from legalhold.holds.models import Hold, HoldRelease, HoldScope, HoldTarget
from legalhold.matters.queries import visible_matters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from legalhold.custodians.models import Custodian
    from legalhold.matters.access import Access


class HoldUnknown(Exception):
    """No hold that this person may see has that key or name."""


@dataclass(frozen=True, slots=True)
class Held:
    """Versions and their bytes."""

    items: int
    size_bytes: int


NOTHING = Held(items=0, size_bytes=0)


@dataclass(frozen=True, slots=True)
class Covered:
    """One custodian and source that a hold reaches. Without a source the custodian has none: nothing of theirs is held."""

    custodian: Custodian | None
    source: Source | None
    first_taken_at: datetime | None
    last_taken_at: datetime | None
    held: Held
    is_overdue: bool

    @property
    def gap(self) -> str:
        """Why nothing is covered here, or an empty text."""
        if self.source is None:
            return "no source"
        if self.last_taken_at is None:
            return "never captured"
        return "capture overdue" if self.is_overdue else ""


@dataclass(frozen=True, slots=True)
class HoldSheet:
    """A hold with what it covers, who and what is on it, and its releases that are cooling off, the oldest first."""

    hold: Hold
    scopes: tuple[HoldScope, ...]
    targets: tuple[HoldTarget, ...]
    releases: tuple[HoldRelease, ...]


def visible_holds(*, access: Access) -> QuerySet[Hold]:
    """Return the holds of the matters that ``access`` reaches."""
    return Hold.objects.filter(matter__in=visible_matters(access=access)).select_related("matter")


def find_hold(*, text: str, access: Access) -> Hold:
    """Return the hold with that key, or that name if only one has it. Raises ``HoldUnknown``, also for a foreign one."""
    holds = visible_holds(access=access)
    found = list(holds.filter(_is_key(text) | Q(name=text)).order_by("matter__name"))
    if len(found) == 1:
        return found[0]
    if not found:
        raise HoldUnknown(f"no hold has the key or name {text!r}; `hold list` shows yours with their keys")
    known = "; ".join(f"{hold.matter.name}: {hold.key}" for hold in found)
    raise HoldUnknown(f"{len(found)} matters have a hold named {text!r}; give the key of one: {known}")


def describe_hold(*, hold: Hold, access: Access) -> HoldSheet:
    """Return what a hold is, for a person to read. Raises ``HoldUnknown``."""
    require_visible(hold=hold, access=access)
    return HoldSheet(
        hold=hold,
        scopes=tuple(hold.scopes.order_by("pk")),
        targets=tuple(targets_of(hold=hold)),
        releases=tuple(pending_releases(hold=hold).order_by("pk")),
    )


def _is_key(text: str) -> Q:
    try:
        return Q(key=UUID(text))
    except ValueError:
        return Q(pk__in=())


def require_visible(*, hold: Hold, access: Access) -> None:
    """Raise ``HoldUnknown`` for a hold of a matter that ``access`` doesn't reach."""
    if not visible_holds(access=access).filter(pk=hold.pk).exists():
        raise HoldUnknown(f"no hold has the key {str(hold.key)!r}; `hold list` shows yours with their keys")


def owner_of(hold: Hold) -> str:
    """Return how a hold's pins name it."""
    return f"hold:{hold.key}"


def pins_of(*, hold: Hold, targets: Iterable[HoldTarget] | None = None) -> QuerySet[Pin]:
    """Return the hold's pins that haven't ended, or only those of some of its targets."""
    pins = Pin.objects.filter(owner=owner_of(hold), ended_at=None)
    if targets is None:
        return pins
    return pins.filter(_naming(targets))


def targets_of(*, hold: Hold, targets: Iterable[HoldTarget] | None = None) -> QuerySet[HoldTarget]:
    """Return who and what is on the hold, or of it every row that names what some of its targets name.

    Who was added again while a removal cooled off has two rows and pins of both: they leave together or not at all.
    """
    now = hold.targets.filter(removed_at=None).select_related("custodian", "group", "source").order_by("pk")
    return now if targets is None else now.filter(_naming(targets))


def _naming(targets: Iterable[HoldTarget]) -> Q:
    """Match pins and targets alike: both name exactly one custodian, group or source."""
    named: dict[str, set[int]] = {"custodian": set(), "group": set(), "source": set()}
    for target in targets:
        for what, pks in named.items():
            if (pk := getattr(target, f"{what}_id")) is not None:
                pks.add(pk)
    return Q(custodian__in=named["custodian"]) | Q(group__in=named["group"]) | Q(source__in=named["source"])


def coverage(*, hold: Hold, at: datetime, access: Access) -> list[Covered]:
    """Return a row per custodian and source that the hold reaches, gaps included, by name. Raises ``HoldUnknown``."""
    require_visible(hold=hold, access=access)
    pairs = _pairs(hold)
    taken = _captures({source.pk for _, source in pairs if source})
    held = held_by(pins=pins_of(hold=hold))
    table = [_covered(custodian, source, taken, held, at) for custodian, source in pairs]
    return sorted(
        table, key=lambda row: (row.custodian.name if row.custodian else "", row.source.name if row.source else "")
    )


def _pairs(hold: Hold) -> list[tuple[Custodian | None, Source | None]]:
    """Return every custodian on the hold with each source ever theirs, and the hold's own sources."""
    targets = list(hold.targets.filter(removed_at=None).select_related("custodian", "source"))
    custodians = {target.custodian for target in targets if target.custodian}
    groups = [target.group_id for target in targets if target.group_id]
    members = GroupMember.objects.filter(group__in=groups).select_related("custodian")
    custodians |= {member.custodian for member in members}
    links = SourceCustodian.objects.filter(custodian__in=custodians).select_related("source")
    sources: dict[int, set[Source]] = defaultdict(set)
    for link in links:
        sources[link.custodian_id].add(link.source)
    own = {target.source for target in targets if target.source}
    pairs: list[tuple[Custodian | None, Source | None]] = [(None, source) for source in own]
    for custodian in custodians:
        pairs += [(custodian, source) for source in sources[custodian.pk]] or [(custodian, None)]
    return pairs


def _captures(source_ids: Collection[int]) -> dict[int, tuple[datetime, datetime]]:
    finished = Snapshot.objects.filter(source__in=source_ids).exclude(state=Snapshot.State.OPEN)
    table = finished.values("source").annotate(first=Min("taken_at"), last=Max("taken_at"))
    return {row["source"]: (row["first"], row["last"]) for row in table}


def _covered(
    custodian: Custodian | None,
    source: Source | None,
    taken: dict[int, tuple[datetime, datetime]],
    held: dict[int, Held],
    at: datetime,
) -> Covered:
    first, last = taken.get(source.pk, (None, None)) if source else (None, None)
    is_overdue = bool(source and source.capture_due_at and source.capture_due_at < at)
    return Covered(custodian, source, first, last, held.get(source.pk, NOTHING) if source else NOTHING, is_overdue)


def held_by(*, pins: QuerySet[Pin]) -> dict[int, Held]:
    """Return, by source id, the versions that at least one of ``pins`` holds."""
    return _count(pins, having=f"COUNT(CASE WHEN {rows.any_id('pin_id')} THEN 1 END) > 0")


def held_only_by(*, pins: QuerySet[Pin]) -> dict[int, Held]:
    """Return, by source id, the versions that ``pins`` hold and no other pin does: what a release lets go of."""
    return _count(pins, having=f"COUNT(CASE WHEN {rows.any_id('pin_id')} THEN 1 END) = COUNT(*)")


def _count(pins: QuerySet[Pin], *, having: str) -> dict[int, Held]:
    by_version = (
        f"SELECT version_id FROM ({holding_pins(versions='catalog_version v')}) h GROUP BY version_id HAVING {having}"
    )
    table: Sequence[tuple[Any, ...]] = rows.fetch(
        "SELECT v.source_id, COUNT(*), SUM(v.size_bytes) FROM catalog_version v"
        f" JOIN ({by_version}) held ON held.version_id = v.id GROUP BY v.source_id",
        [rows.ids(pins.values_list("pk", flat=True))],
    )
    return {source_id: Held(items=items, size_bytes=int(size_bytes)) for source_id, items, size_bytes in table}


def pending_releases(*, hold: Hold) -> QuerySet[HoldRelease]:
    """Return the hold's releases that are cooling off."""
    return hold.releases.filter(state=HoldRelease.State.COOLING_OFF)


def hold_table(*, access: Access) -> list[dict[str, Any]]:
    """Return a row per visible hold for lists."""
    holds = visible_holds(access=access).annotate(targets_now=Count("targets", filter=Q(targets__removed_at=None)))
    return [
        {
            "key": str(hold.key),
            "matter": hold.matter.name,
            "name": hold.name,
            "type": hold.hold_type,
            "state": hold.state,
            "targets": hold.targets_now,
            "placed_at": hold.placed_at,
        }
        for hold in holds.order_by("matter__name", "name")
    ]
