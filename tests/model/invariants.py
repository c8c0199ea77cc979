"""What must hold in every state.  `broken` names the first promise that doesn't, in words, or gives None."""

from __future__ import annotations

from tests.model.actions.journal import is_ahead
from tests.model.scope import Scope
from tests.model.state import (
    CONTENTS,
    FAULT,
    FILES,
    JOURNAL,
    LISTED,
    LIVE,
    PARTS,
    TOLD,
    TOMBS,
    USED,
    pack_state,
    used_contents,
)

FAULTS = (
    None,
    "a version names a content or part that is gone",
    "a held version was destroyed",
    "a version of a kept snapshot was destroyed",
)


def broken(state: bytes, scope: Scope) -> str | None:
    """Name the promise that this state breaks."""
    if state[FAULT]:
        return FAULTS[state[FAULT]]
    if scope.journal and scope.early and (found := _unrecoverable(state, scope)):
        return found
    if scope.restore and is_ahead(state, scope):
        # an old catalog beside a newer archive: nothing is promised of it but that it destroys nothing
        return None
    return _chain(state, scope) or (_marks(state, scope) if scope.early else None)


def _chain(state: bytes, scope: Scope) -> str | None:
    """Walk version → content → part → pack → file."""
    if state[TOLD + 1] & ~state[LISTED] or state[TOLD + 2] & ~state[LISTED + 1]:
        return "an acknowledged snapshot is unknown"
    rows = state[CONTENTS] & 3
    if used_contents(state, state[TOMBS]) & ~rows:
        return "a version without its content"
    wanted = scope.parts_of[rows]
    for part in (0, 1):
        row = state[PARTS + part]
        if not row:
            if wanted >> part & 1:
                return "a content without its part"
            continue
        pack = (row >> 1) - 1
        if pack_state(state, pack) != LIVE:
            return "a part in a pack that is not live"
        if not state[FILES] >> 2 * pack + part & 1:
            return "a part whose file is gone"
    return None


def _marks(state: bytes, scope: Scope) -> str | None:
    """Compare the marks with what is used: a mark too many is a loss to come, one too few a leak for ever."""
    rows, dead = state[CONTENTS] & 3, state[CONTENTS] >> 2
    used = used_contents(state, state[TOMBS])
    if used & dead:
        return "a content in use is marked dead"
    if rows & ~used & ~dead:
        return "a content that nothing uses is not marked: it leaks"
    living = scope.parts_of[rows & ~dead]
    for part in (0, 1):
        row = state[PARTS + part]
        if row and living >> part & 1 and row & 1:
            return "a part in use is marked dead"
        if row and not living >> part & 1 and not row & 1:
            return "a part that nothing uses is not marked: it leaks"
    return None


def _unrecoverable(state: bytes, scope: Scope) -> str | None:
    """Ask what a rebuild from the archive would miss of all that was acknowledged."""
    if state[TOLD] & ~state[JOURNAL] & 0b110011:
        return "a rebuild would not know a hold or an association that was acknowledged"
    if state[TOLD + 1] & ~state[JOURNAL + 1] or state[TOLD + 2] & ~state[JOURNAL + 2]:
        return "a rebuild would not know a snapshot that was acknowledged"
    tombs = state[JOURNAL + 3]
    contents = USED[state[TOLD + 1] << 4 | tombs & 15] | USED[state[TOLD + 2] << 4 | tombs >> 4]
    there = 0
    for pack in range(scope.packs):
        if not state[JOURNAL + 4] >> pack & 1:
            there |= state[FILES] >> 2 * pack
    if scope.parts_of[contents] & ~there:
        return "an acknowledged version without a tombstone is in no file"
    return None
