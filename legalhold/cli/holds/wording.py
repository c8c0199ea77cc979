"""How a hold, what it covers and who is leaving it are said, as text and as data."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from legalhold.cli.printing import count, when
from legalhold.formats import ItemKind
from legalhold.holds.models import Hold

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from legalhold.holds.models import HoldRelease, HoldScope, HoldTarget
    from legalhold.holds.queries import HoldSheet

EVERY_KIND = "every kind"


def standing_text(sheet: HoldSheet) -> str:
    """Return what must be known of a hold that doesn't protect as one in effect does; an empty text for one that does."""
    name = f"hold {sheet.hold.name}"
    match sheet.hold.state:
        case Hold.State.DRAFT:
            return f"{name} is a draft: it isn't in effect and protects nothing; `hold place` puts it in effect"
        case Hold.State.ENDED:
            return f"{name} ended on {when(sheet.hold.ended_at)}: it protects nothing any more"
        case Hold.State.RELEASED:
            return (
                f"{name} was released on {when(sheet.hold.released_at)}: what it holds stays protected until"
                f" {_earliest(sheet.releases)} at the earliest; `hold cancel-release` takes it back until then"
            )
        case _:
            return ""


def scopes_text(sheet: HoldSheet) -> str:
    """Return kinds and days as the matter's zone counts them: ``message, event; dated from 2024-01-01 to 2024-01-31``."""
    return " | ".join(_scope(scope, sheet.hold.matter.zone) for scope in sheet.scopes)


def leaving_text(sheet: HoldSheet) -> str:
    """Return who leaves by which releases, and not before when; a dash where nobody does."""
    names = {target.pk: f"{target}" for target in sheet.targets}
    lines = [
        f"{_leaving(release, names)}, on {when(release.earliest_at)} at the earliest" for release in sheet.releases
    ]
    return " | ".join(lines) or "–"


def target_kind(target: HoldTarget) -> str:
    """Return which of its three things a target names."""
    return "custodian" if target.custodian_id else "group" if target.group_id else "source"


def sheet_data(sheet: HoldSheet) -> dict[str, Any]:
    """Return a hold with its scopes, its targets and the releases that are cooling off, as data."""
    return hold_data(sheet.hold) | {
        "scopes": [
            {"kinds": _kinds(scope.kinds), "dated_from": scope.dated_from, "dated_to": scope.dated_to}
            for scope in sheet.scopes
        ],
        "targets": [{"kind": target_kind(target), "name": f"{target}"} for target in sheet.targets],
        "releases_cooling_off": [
            {
                "key": release.key,
                "is_whole": release.is_whole,
                "targets": [f"{target}" for target in sheet.targets if target.pk in release.target_ids],
                "requested_at": release.requested_at,
                "earliest_at": release.earliest_at,
            }
            for release in sheet.releases
        ],
    }


def hold_data(hold: Hold) -> dict[str, Any]:
    """Return a hold as data."""
    return {
        "hold": hold.key,
        "name": hold.name,
        "matter": hold.matter.key,
        "type": hold.hold_type,
        "reason": hold.reason,
        "state": hold.state,
        "placed_at": hold.placed_at,
    }


def _earliest(releases: Sequence[HoldRelease]) -> str:
    return when(max((release.earliest_at for release in releases if release.is_whole), default=None))


def _leaving(release: HoldRelease, names: dict[int, str]) -> str:
    if release.is_whole:
        return "everybody and everything"
    known = [names[pk] for pk in release.target_ids if pk in names]
    return "; ".join(known) or count(len(release.target_ids), "target")


def _scope(scope: HoldScope, zone: str) -> str:
    kinds = ", ".join(_kinds(scope.kinds)) or EVERY_KIND
    begins = f" from {_day(scope.dated_from, zone, time.min)}" if scope.dated_from else ""
    ends = f" to {_day(scope.dated_to, zone, time.max)}" if scope.dated_to else ""
    return f"{kinds}; " + (f"dated{begins}{ends} in {zone}" if begins or ends else "every date")


def _kinds(mask: int) -> list[str]:
    return [kind.name.lower() for kind in ItemKind if mask & 1 << kind]


def _day(moment: datetime, zone: str, whole: time) -> str:
    """Return the day alone where the moment is its beginning or its end, as scopes of days are."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d}" if local.time() == whole else f"{local:%Y-%m-%d %H:%M:%S}"
