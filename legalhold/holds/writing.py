"""What of a hold goes into the journal, so that it can be rebuilt with its scopes and targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from legalhold.database.fields import micros_or_none, to_micros
from legalhold.journal import services as journal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from legalhold.holds.models import Hold, HoldRelease, HoldScope, HoldTarget


def journal_hold(*, verb: str, hold: Hold, at: datetime) -> None:
    """Write the hold as it now stands into the outbox."""
    journal.append(verb=verb, payload=hold_payload(hold), at=at)


def hold_payload(hold: Hold) -> dict[str, Any]:
    """Return a hold's columns and scopes by keys."""
    return {
        "key": str(hold.key),
        "matter": str(hold.matter.key),
        "name": hold.name,
        "type": hold.hold_type,
        "reason": hold.reason,
        "state": hold.state,
        "drafted_at": micros_or_none(hold.drafted_at),
        "placed_at": micros_or_none(hold.placed_at),
        "released_at": micros_or_none(hold.released_at),
        "ended_at": micros_or_none(hold.ended_at),
        "scopes": [_scope(scope) for scope in hold.scopes.order_by("pk")],
    }


def journal_targets(*, hold: Hold, targets: Sequence[HoldTarget], at: datetime) -> None:
    """Write the targets that were added into the outbox. Hold, subject and ``added_at`` together name a target."""
    payload = {"hold": str(hold.key), "targets": [_target(target) for target in targets]}
    journal.append(verb="hold.targets_added", payload=payload, at=at)


def journal_release(*, verb: str, release: HoldRelease, at: datetime) -> None:
    """Write a release as it now stands into the outbox."""
    payload = {
        "key": str(release.key),
        "hold": str(release.hold.key),
        "is_whole": release.is_whole,
        "targets": [
            _target(target) for target in release.hold.targets.filter(pk__in=release.target_ids).order_by("pk")
        ],
        "pins": release.pin_keys,
        "preview_digest": release.preview_digest,
        "preview": release.preview,
        "state": release.state,
        "requested_by": release.requested_by,
        "requested_at": micros_or_none(release.requested_at),
        "cooling_off_us": release.cooling_off_us,
        "cancelled_at": micros_or_none(release.cancelled_at),
        "effective_at": micros_or_none(release.effective_at),
    }
    journal.append(verb=verb, payload=payload, at=at)


def _scope(scope: HoldScope) -> dict[str, Any]:
    return {
        "kinds": scope.kinds,
        "dated_from": micros_or_none(scope.dated_from),
        "dated_to": micros_or_none(scope.dated_to),
    }


def _target(target: HoldTarget) -> dict[str, Any]:
    return {
        "custodian": str(target.custodian.key) if target.custodian else None,
        "group": str(target.group.key) if target.group else None,
        "source": str(target.source.key) if target.source else None,
        "added_at": to_micros(target.added_at),
    }
