"""Rebuilds holds, their targets and releases from the journal. Their pins are replayed by the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from legalhold.catalog.models import Source
from legalhold.custodians.models import Custodian, Group
from legalhold.database import counted
from legalhold.database.fields import from_micros
from legalhold.holds.models import Hold, HoldRelease, HoldScope, HoldTarget
from legalhold.matters.models import Matter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

HELD_STATES: Final = (Hold.State.IN_EFFECT, Hold.State.RELEASED)
"""States in which a hold counts against closing its matter."""


def _hold(payload: Mapping[str, Any], _at: datetime) -> None:
    matter = Matter.objects.get(key=payload["matter"])
    columns = {
        "matter": matter,
        "name": payload["name"],
        "hold_type": payload["type"],
        "reason": payload["reason"],
        "state": payload["state"],
        **{field: _instant(payload[field]) for field in ("drafted_at", "placed_at", "released_at", "ended_at")},
    }
    hold, is_new = Hold.objects.update_or_create(key=payload["key"], defaults=columns)
    if is_new:
        HoldScope.objects.bulk_create(_scope(hold, scope) for scope in payload["scopes"])
    holds_in_effect = Hold.objects.filter(matter=matter, state__in=HELD_STATES).count()
    Matter.objects.filter(pk=matter.pk).update(holds_in_effect=holds_in_effect)


def _targets_added(payload: Mapping[str, Any], _at: datetime) -> None:
    hold = Hold.objects.get(key=payload["hold"])
    HoldTarget.objects.bulk_create(HoldTarget(hold=hold, **_target(target)) for target in payload["targets"])


def _release_changed(payload: Mapping[str, Any], at: datetime) -> None:
    hold = Hold.objects.get(key=payload["hold"])
    targets = [hold.targets.get(**_target(target)) for target in payload["targets"]]
    columns = {
        "hold": hold,
        "is_whole": payload["is_whole"],
        "target_ids": [target.pk for target in targets],
        "pin_keys": payload["pins"],
        "preview_digest": payload["preview_digest"],
        "preview": payload["preview"],
        "state": payload["state"],
        "requested_by": payload["requested_by"],
        "requested_at": from_micros(payload["requested_at"]),
        "cooling_off_us": payload["cooling_off_us"],
        "cancelled_at": _instant(payload["cancelled_at"]),
        "effective_at": _instant(payload["effective_at"]),
    }
    # The rebuilt catalog's counted clock starts anew, and so does a cooling-off: it can be longer, never shorter.
    began = counted.current()
    HoldRelease.objects.update_or_create(key=payload["key"], defaults={**columns, "began_counted_us": began})
    if payload["state"] == HoldRelease.State.EFFECTIVE:
        HoldTarget.objects.filter(pk__in=columns["target_ids"], removed_at=None).update(removed_at=at)


def _scope(hold: Hold, scope: Mapping[str, Any]) -> HoldScope:
    dates = {field: _instant(scope[field]) for field in ("dated_from", "dated_to")}
    return HoldScope(hold=hold, kinds=scope["kinds"], **dates)


def _target(target: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "custodian": Custodian.objects.get(key=target["custodian"]) if target["custodian"] else None,
        "group": Group.objects.get(key=target["group"]) if target["group"] else None,
        "source": Source.objects.get(key=target["source"]) if target["source"] else None,
        "added_at": from_micros(target["added_at"]),
    }


def _instant(value: int | None) -> datetime | None:
    return None if value is None else from_micros(value)


HANDLERS: Final[dict[str, Callable[[Mapping[str, Any], datetime], None]]] = {
    "hold.drafted": _hold,
    "hold.placed": _hold,
    "hold.changed": _hold,
    "hold.targets_added": _targets_added,
    "hold.release_changed": _release_changed,
}
"""Verb → handler."""
