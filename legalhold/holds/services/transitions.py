"""Steps that releasing, cancelling and taking effect share: each joins its caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from legalhold.audit.services import record
from legalhold.holds.writing import journal_hold, journal_release

if TYPE_CHECKING:
    from datetime import datetime

    from legalhold.holds.models import Hold, HoldRelease


def set_state(hold: Hold, state: Hold.State, *, at: datetime, **times: datetime | None) -> None:
    """Move the hold to ``state``, with the times that go with it, and journal it."""
    hold.state = state
    for field, value in times.items():
        setattr(hold, field, value)
    hold.save(update_fields=["state", *times])
    journal_hold(verb="hold.changed", hold=hold, at=at)


def finish(release: HoldRelease, state: HoldRelease.State, **times: datetime) -> None:
    """End a release's cooling-off one way or the other."""
    release.state = state
    for field, value in times.items():
        setattr(release, field, value)
    release.save(update_fields=["state", *times])


def record_release(verb: str, release: HoldRelease, *, by: str, at: datetime) -> None:
    """Write the release into the journal's outbox and the audit trail."""
    journal_release(verb="hold.release_changed", release=release, at=at)
    body: dict[str, Any] = {
        "release": str(release.key),
        "is_whole": release.is_whole,
        "pins": release.pin_keys,
        "preview_digest": release.preview_digest,
    }
    record(
        verb=verb, by=by, at=at, subject_kind="hold", subject_key=str(release.hold.key),
        matter_key=release.hold.matter.key, body=body,
    )  # fmt: skip
