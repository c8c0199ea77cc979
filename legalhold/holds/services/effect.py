"""The end of cooling-off: the transaction in which a release's pins end. No predicate that destroys reads a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from legalhold.catalog.destruction import end_pins
from legalhold.database import counted
from legalhold.holds.models import Hold, HoldRelease
from legalhold.holds.services.transitions import finish, record_release, set_state
from legalhold.matters.models import Matter

if TYPE_CHECKING:
    from datetime import datetime

    from legalhold.database.counted import ClockReading


def apply_releases(*, reading: ClockReading, by: str, at: datetime) -> int:
    """End the pins of every release whose cooling-off is over by the counted clock; returns how many took effect."""
    with transaction.atomic(durable=True):
        counted_us = counted.tick(reading=reading)
    due = HoldRelease.objects.filter(
        state=HoldRelease.State.COOLING_OFF, began_counted_us__lte=counted_us - F("cooling_off_us")
    )
    return sum(_apply(release.pk, by=by, at=at) for release in due.order_by("pk"))


def _apply(release_id: int, *, by: str, at: datetime) -> bool:
    with transaction.atomic(durable=True):
        hold = Hold.objects.select_for_update(of=("self",)).select_related("matter").get(releases=release_id)
        release = HoldRelease.objects.select_for_update().get(pk=release_id)
        if release.state != HoldRelease.State.COOLING_OFF:
            return False  # cancelled since it was looked up
        release.hold = hold
        end_pins(keys=release.pin_keys, at=at)
        hold.targets.filter(pk__in=release.target_ids, removed_at=None).update(removed_at=at)
        finish(release, HoldRelease.State.EFFECTIVE, effective_at=at)
        if release.is_whole:
            set_state(hold, Hold.State.ENDED, ended_at=at, at=at)
            Matter.objects.filter(pk=hold.matter_id).update(holds_in_effect=F("holds_in_effect") - 1)
        record_release("hold.ended" if release.is_whole else "hold.narrowed", release, by=by, at=at)
    return True
