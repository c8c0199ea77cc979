"""The journal: what the outbox holds becomes durable, then the catalog learns that it is.

A journal object takes all that is pending.  Between `write` and `acknowledge` the heads differ: whether the writer
crashed or is only slow, the next one finds an object that equals its outbox and takes it as written.
"""

from __future__ import annotations

from tests.model.scope import Scope, Steps
from tests.model.state import (
    COUNT,
    JOURNAL,
    LISTED,
    PLACED_BITS,
    PROTECT,
    TOLD,
    TOMBS,
    WRITTEN,
    condemned_packs,
)


def outbox(state: bytes, scope: Scope) -> tuple[int, int, int, int, int]:
    """Give every fact that the catalog has ever put in its outbox."""
    mutant = scope.mutant
    packs = 0 if mutant == "condemned_pack_not_journaled" else state[WRITTEN + 4] | condemned_packs(state)
    protect = state[PROTECT] & ~PLACED_BITS if mutant == "hold_not_journaled" else state[PROTECT]
    if mutant == "association_not_journaled":
        protect = protect & ~0b110000 | scope.associated << 4
    if mutant == "snapshot_not_journaled":
        return protect, 0, 0, state[TOMBS], packs
    return protect, state[LISTED], state[LISTED + 1], state[TOMBS], packs


def is_ahead(state: bytes, scope: Scope) -> bool:
    """Tell whether the journal has what this catalog never had: the catalog is old."""
    protect, listed, other, tombs, packs = outbox(state, scope)
    return bool(
        state[JOURNAL] & ~protect
        or state[JOURNAL + 1] != listed & (4 ** COUNT[state[JOURNAL + 1]] - 1)
        or state[JOURNAL + 2] != other & (4 ** COUNT[state[JOURNAL + 2]] - 1)
        or state[JOURNAL + 3] & ~tombs
        or state[JOURNAL + 4] & ~packs
    )


def is_frozen(state: bytes, scope: Scope) -> bool:
    """Tell whether nothing may be destroyed or cleaned: the heads are not equal."""
    if not scope.journal or scope.mutant == "no_head_check_after_restore":
        return False
    return state[WRITTEN : WRITTEN + 5] != state[JOURNAL : JOURNAL + 5]


def tell(draft: bytearray, scope: Scope) -> None:
    """Answer whoever waits: holds, associations and snapshots are acknowledged when they are durable."""
    draft[TOLD] |= draft[PROTECT]
    draft[TOLD + 1 : TOLD + 3] = draft[LISTED : LISTED + 2]


def committed(draft: bytearray, scope: Scope) -> None:
    """Follow a commit: without a journal in the scope, what is committed is durable."""
    if not scope.journal:
        tell(draft, scope)


def write(state: bytes, scope: Scope, out: Steps) -> None:
    """Create the next journal object with all that is pending; answer those who waited for it."""
    if state[WRITTEN : WRITTEN + 5] != state[JOURNAL : JOURNAL + 5]:
        return
    facts = bytes(outbox(state, scope))
    if facts == state[JOURNAL : JOURNAL + 5]:
        return
    draft = bytearray(state)
    draft[JOURNAL : JOURNAL + 5] = facts
    tell(draft, scope)
    out.append((("journal", "write"), bytes(draft)))


def acknowledge(state: bytes, scope: Scope, out: Steps) -> None:
    """Advance the catalog's head to a journal object that equals its outbox (also what a restart does)."""
    if state[WRITTEN : WRITTEN + 5] == state[JOURNAL : JOURNAL + 5] or (scope.restore and is_ahead(state, scope)):
        return
    draft = bytearray(state)
    draft[WRITTEN : WRITTEN + 5] = draft[JOURNAL : JOURNAL + 5]
    out.append((("journal", "acknowledge"), bytes(draft)))


def forget_pack(draft: bytearray, pack: int, scope: Scope) -> None:
    """Let a scope without restore use the number of a pack again, of which row and file are gone."""
    if scope.journal and not scope.restore:
        draft[WRITTEN + 4] &= ~(1 << pack)
        draft[JOURNAL + 4] &= ~(1 << pack)
