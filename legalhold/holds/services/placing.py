"""Placing a hold and widening it. Both are in force at commit, also against a compaction that is running."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F

from legalhold.audit.services import record
from legalhold.catalog.models import Pin
from legalhold.catalog.pins import PinSpec, PlacedPins, place_pins
from legalhold.database import guard
from legalhold.holds.models import Hold, HoldTarget
from legalhold.holds.queries import owner_of, pending_releases
from legalhold.holds.rules import may_manage
from legalhold.holds.writing import journal_hold, journal_targets
from legalhold.journal import services as journal
from legalhold.matters.models import Matter
from legalhold.matters.services import MatterClosed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.catalog.models import Source
    from legalhold.custodians.models import Custodian, Group
    from legalhold.matters.access import Access


class HoldNotInDraft(Exception):
    """Only a draft can be placed."""


class HoldNotInEffect(Exception):
    """Only a hold in effect can be widened or released."""


class HoldWithoutTargets(Exception):
    """A hold that names nobody and nothing would protect nothing."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Whom and what a hold is about."""

    custodians: Sequence[Custodian] = ()
    groups: Sequence[Group] = ()
    sources: Sequence[Source] = ()

    def __len__(self) -> int:
        return len(self.custodians) + len(self.groups) + len(self.sources)


@dataclass(frozen=True, slots=True)
class Placed:
    """What placing or widening did: the guard's epoch, how many pins, and what was brought back from compaction."""

    hold: Hold
    epoch: int
    pins: int
    rescued: int


def place_hold(*, hold: Hold, targets: Targets, archive: Archive, access: Access, at: datetime) -> Placed:
    """Put a drafted hold in effect. When this returns it is committed, durable in the journal, and can't be outrun.

    Raises ``HoldNotInDraft``, ``HoldWithoutTargets`` or ``MatterClosed``, and nothing is written then; ``NotYetDurable``
    when the hold is in effect and only the journal couldn't be written.
    """
    may_manage(access=access, matter=hold.matter)
    with guard.exclusive() as epoch:
        hold = _locked(hold)
        if hold.state != Hold.State.DRAFT:
            raise HoldNotInDraft(
                f"hold {hold.name!r} is {hold.get_state_display().lower()}; only a draft can be placed"
            )
        if not targets:
            raise HoldWithoutTargets(
                f"hold {hold.name!r} names no custodian, group or source: it would protect nothing"
            )
        Hold.objects.filter(pk=hold.pk).update(state=Hold.State.IN_EFFECT, placed_at=at)
        Matter.objects.filter(pk=hold.matter_id).update(holds_in_effect=F("holds_in_effect") + 1)
        hold.state, hold.placed_at = Hold.State.IN_EFFECT, at
        journal_hold(verb="hold.placed", hold=hold, at=at)
        placed = _add(hold, targets, epoch, verb="hold.placed", access=access, at=at)
    # Durable in the archive's own journal before anybody is told: a restored or rebuilt catalog must know it too.
    journal.acknowledge(archive=archive, done=f"hold {hold.name!r} is in effect{_counted(placed)}")
    return placed


def add_targets(*, hold: Hold, targets: Targets, archive: Archive, access: Access, at: datetime) -> Placed:
    """Widen a hold in effect by custodians, groups or sources; those already on it are left as they are.

    Raises ``HoldNotInEffect``, ``HoldWithoutTargets`` or ``MatterClosed``, and nothing is written then; ``NotYetDurable``
    as ``place_hold``.
    """
    may_manage(access=access, matter=hold.matter)
    with guard.exclusive() as epoch:
        hold = _locked(hold)
        if hold.state != Hold.State.IN_EFFECT:
            raise HoldNotInEffect(f"hold {hold.name!r} is {hold.get_state_display().lower()}; place it first")
        if not targets:
            raise HoldWithoutTargets(f"name whom to add to hold {hold.name!r}: a custodian, group or source")
        placed = _add(hold, targets, epoch, verb="hold.widened", access=access, at=at)
    journal.acknowledge(archive=archive, done=f"hold {hold.name!r} was widened{_counted(placed)}")
    return placed


def _counted(placed: Placed) -> str:
    return f", pins added: {placed.pins}, versions rescued from compaction: {placed.rescued}"


def _locked(hold: Hold) -> Hold:
    locked = Hold.objects.select_for_update(of=("self",)).select_related("matter").get(pk=hold.pk)
    matter = Matter.objects.select_for_update().get(pk=locked.matter_id)
    if matter.closed_at is not None:
        raise MatterClosed(f"matter {matter.name!r} is closed; holds can be placed and widened only in an open matter")
    return locked


def _add(hold: Hold, targets: Targets, epoch: int, *, verb: str, access: Access, at: datetime) -> Placed:
    added = HoldTarget.objects.bulk_create(list(_new_targets(hold, targets, at)))
    placed = place_pins(specs=list(_specs(hold, added)), at=at)
    if added:
        journal_targets(hold=hold, targets=added, at=at)
    _record(hold, targets, placed, epoch, verb=verb, access=access, at=at)
    return Placed(hold=hold, epoch=epoch, pins=len(placed.pins), rescued=placed.rescued)


def _new_targets(hold: Hold, targets: Targets, at: datetime) -> Iterator[HoldTarget]:
    # Somebody whose removal is cooling off would be lost with it: adding them again gives them pins of their own.
    leaving = [pk for release in pending_releases(hold=hold) for pk in release.target_ids]
    now = hold.targets.filter(removed_at=None).exclude(pk__in=leaving)
    known = {(row.custodian_id, row.group_id, row.source_id) for row in now}
    rows = [
        *(HoldTarget(hold=hold, custodian=custodian, added_at=at) for custodian in targets.custodians),
        *(HoldTarget(hold=hold, group=group, added_at=at) for group in targets.groups),
        *(HoldTarget(hold=hold, source=source, added_at=at) for source in targets.sources),
    ]
    for row in rows:
        what = (row.custodian_id, row.group_id, row.source_id)
        if what not in known:
            known.add(what)
            yield row


def _specs(hold: Hold, targets: Sequence[HoldTarget]) -> Iterator[PinSpec]:
    for scope in hold.scopes.order_by("pk"):
        for target in targets:
            yield PinSpec(
                label=hold.name,
                reason=hold.reason,
                owner=owner_of(hold),
                matter=hold.matter,
                target=_target_of(target),
                source=target.source,
                custodian=target.custodian,
                group=target.group,
                kinds=scope.kinds,
                dated_from=scope.dated_from,
                dated_to=scope.dated_to,
            )


def _target_of(target: HoldTarget) -> str:
    if target.custodian_id:
        return Pin.Target.CUSTODIAN
    return Pin.Target.GROUP if target.group_id else Pin.Target.SOURCE


def _record(
    hold: Hold, targets: Targets, placed: PlacedPins, epoch: int, *, verb: str, access: Access, at: datetime
) -> None:
    body = {
        "name": hold.name,
        "epoch": epoch,
        "custodians": [str(custodian.key) for custodian in targets.custodians],
        "groups": [str(group.key) for group in targets.groups],
        "sources": [str(source.key) for source in targets.sources],
        "pins": len(placed.pins),
        "rescued": placed.rescued,
    }
    record(
        verb=verb, by=access.actor, at=at, subject_kind="hold", subject_key=str(hold.key),
        matter_key=hold.matter.key, body=body,
    )  # fmt: skip
