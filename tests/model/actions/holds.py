"""What protects and what stops protecting: holds, associations, expiry, its reversal, removal of a source.

What widens takes the guard exclusive.  Lock and commit are one step: while the guard is held exclusive, only the
commit has an effect, and a destroying batch that holds it shared keeps the step from happening.
"""

from __future__ import annotations

from tests.model.actions.journal import committed
from tests.model.scope import CUSTODIAN, Scope, Steps
from tests.model.state import (
    COMPACT,
    CONDEMNED,
    COUNT,
    DELETING,
    EXPIRED,
    LISTED,
    PIN_SOURCES,
    PROTECT,
    TOLD,
    TOMBS,
    VERSIONS,
)


def _is_shared(state: bytes) -> bool:
    return state[COMPACT] == DELETING or state[COMPACT + 3] == DELETING


def _rescue(draft: bytearray, scope: Scope) -> None:
    """Clear the mark of every condemned version that a pin now matches."""
    pinned = scope.pinned[draft[PROTECT]]
    draft[CONDEMNED] &= (0 if pinned & 1 else 0x0F) | (0 if pinned & 2 else 0xF0)


def place_hold(state: bytes, scope: Scope, out: Steps) -> None:
    """Commit a hold; it has returned only when the journal has it."""
    if _is_shared(state) and scope.mutant != "placement_without_lock":
        return
    for hold, target in enumerate(scope.targets):
        if state[PROTECT] >> hold & 1:
            continue
        draft = bytearray(state)
        draft[PROTECT] |= 1 << hold
        if target == CUSTODIAN:
            draft[PIN_SOURCES] = state[PROTECT] >> 4 & 3 if scope.mutant == "custodian_pin_frozen_at_placement" else 0
        _rescue(draft, scope)
        if scope.mutant in {"hold_not_journaled", "hold_returned_before_durable"}:
            draft[TOLD] |= 1 << hold
        committed(draft, scope)
        out.append((("holds", "place", hold), bytes(draft)))


def release_hold(state: bytes, scope: Scope, out: Steps) -> None:
    """Let the release of a hold take effect; the cooling-off before it is nobody's step."""
    for hold in range(len(scope.targets)):
        if state[PROTECT] >> hold & 1 and not state[PROTECT] >> 2 + hold & 1:
            draft = bytearray(state)
            draft[PROTECT] |= 4 << hold
            draft[TOLD] |= 4 << hold
            committed(draft, scope)
            out.append((("holds", "release", hold), bytes(draft)))


def associate(state: bytes, scope: Scope, out: Steps) -> None:
    """Associate a source with the custodian: what is held of the custodian now covers it."""
    if _is_shared(state) and scope.mutant != "association_without_lock":
        return
    for source in scope.sources:
        if not state[PROTECT] >> 4 + source & 1:
            draft = bytearray(state)
            draft[PROTECT] |= 16 << source
            _rescue(draft, scope)
            if scope.mutant == "association_not_journaled":
                draft[TOLD] |= 16 << source
            committed(draft, scope)
            out.append((("custodians", "associate", source), bytes(draft)))


def expire(state: bytes, scope: Scope, out: Steps) -> None:
    """Expire a snapshot that is not the newest of its source."""
    for source in scope.sources:
        for n in range(COUNT[state[LISTED + source]] - 1):
            bit = 1 << source * 4 + n
            if not state[EXPIRED] & bit:
                draft = bytearray(state)
                draft[EXPIRED] |= bit
                out.append((("retention", "expire", source, n + 1), bytes(draft)))


def reverse_expiry(state: bytes, scope: Scope, out: Steps) -> None:
    """Keep an expired snapshot again, while all it listed is still there."""
    if _is_shared(state) and scope.mutant != "reversal_without_lock":
        return
    for source in scope.sources:
        for n in range(COUNT[state[LISTED + source]]):
            bit = 1 << source * 4 + n
            if not state[EXPIRED] & bit:
                continue
            for first, last, _ in VERSIONS[state[LISTED + source]]:
                if first <= n and (last == -1 or n <= last):
                    version = 1 << source * 4 + first
                    break
            else:
                version = 0
            if state[TOMBS] & version:
                continue
            draft = bytearray(state)
            draft[EXPIRED] &= ~bit
            draft[CONDEMNED] &= ~version
            out.append((("retention", "reverse_expiry", source, n + 1), bytes(draft)))


def remove_source(state: bytes, scope: Scope, out: Steps) -> None:
    """Remove a source that no pin matches: everything of it may be condemned."""
    for source in scope.sources:
        taken = state[LISTED + source] and not state[PROTECT] >> 6 + source & 1
        if taken and not scope.pinned[state[PROTECT]] >> source & 1:
            draft = bytearray(state)
            draft[PROTECT] |= 64 << source
            committed(draft, scope)
            out.append((("ingest", "remove_source", source), bytes(draft)))
