"""Every room's replay handlers by verb, in the order of the layers; what a room below says of a verb comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import exports.replay
import legalhold.audit.replay
import legalhold.catalog.destruction.replay
import legalhold.catalog.replay
import legalhold.catalog.replay_pins
import legalhold.custodians.replay
import legalhold.holds.replay
import legalhold.matters.replay
import legalhold.retention.replay
import legalhold.review.replay
import webdav.replay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    Handler = Callable[[Mapping[str, Any], datetime], None]

LOSSES_CONFIRMED: Final = "archive.losses_confirmed"
"""Somebody ended the freeze though a rebuild had lost something: a record for people. The next rebuild looks for itself."""

SNAPSHOT_COMPLETED: Final = "snapshot.completed"
"""Needs the archive as well: its snapshot is restored from a manifest."""

CONTENT_KEPT: Final = "content.kept"
"""Needs the archive too: what it is made of is read there."""

VERSIONS_FROZEN: Final = "pin.frozen"
"""The one verb whose replay tells what it didn't find."""


def _told(_payload: Mapping[str, Any], _at: datetime) -> None:
    pass


ROOMS: Final = (
    {LOSSES_CONFIRMED: _told},
    legalhold.audit.replay.HANDLERS,
    legalhold.matters.replay.HANDLERS,
    legalhold.custodians.replay.HANDLERS,
    legalhold.catalog.replay.HANDLERS,
    legalhold.catalog.destruction.replay.HANDLERS,
    legalhold.catalog.replay_pins.HANDLERS,
    legalhold.holds.replay.HANDLERS,
    legalhold.retention.replay.HANDLERS,
    legalhold.review.replay.HANDLERS,
    exports.replay.HANDLERS,
    webdav.replay.HANDLERS,
)


def _by_verb() -> dict[str, Handler]:
    found: dict[str, Handler] = {}
    for handlers in ROOMS:
        if twice := found.keys() & handlers.keys():
            raise TypeError(f"two rooms replay the same verbs: {', '.join(sorted(twice))}")
        found |= handlers
    return found


HANDLERS: Final = _by_verb()
"""Verb → handler; each joins the caller's transaction."""
