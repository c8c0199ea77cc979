"""Packs: half-live ones are rewritten, emptied and abandoned ones condemned, their files unlinked, their rows dropped.

A pack's number stands for a random name: it is used again only when nothing anywhere can still mean the old one.
"""

from __future__ import annotations

from tests.model.actions.journal import forget_pack, is_frozen, outbox
from tests.model.scope import Scope, Steps
from tests.model.state import (
    BACKUP,
    COMPACT,
    CONDEMNED_PACK,
    EPOCH,
    FILES,
    IDLE,
    INGEST,
    JOURNAL,
    LIVE,
    NO_ROW,
    PACKS,
    PARTS,
    REPACK_CREATED,
    REPACK_RESERVED,
    WRITING,
    WRITTEN,
    locked,
    pack_state,
    part_pack,
    set_pack,
)

ACTORS = ("compactor 0", "compactor 1")


def free_pack(state: bytes, scope: Scope) -> int:
    """Give the lowest number that no row, file, journal entry, backup or actor means, or -1."""
    meant = {state[INGEST + 2] - 1, state[INGEST + 6] - 1}
    for at in (COMPACT, COMPACT + 3):
        if state[at] in {REPACK_RESERVED, REPACK_CREATED}:
            meant |= {state[at + 1] & 3, state[at + 1] >> 2 & 3}
    backup = state[BACKUP + PACKS] if scope.restore and state[EPOCH] & 1 else 0
    taken = state[PACKS] | state[FILES] | backup
    for pack in range(scope.packs):
        if not taken >> 2 * pack & 3 and not state[JOURNAL + 4] >> pack & 1 and pack not in meant:
            return pack
    return -1


def _parts_in(state: bytes, pack: int) -> tuple[int, int]:
    """Give the parts whose rows name the pack: all, and those not dead, as bits."""
    rows = living = 0
    for part in (0, 1):
        if part_pack(state[PARTS + part]) == pack:
            rows |= 1 << part
            living |= (~state[PARTS + part] & 1) << part
    return rows, living


def repack_reserve(state: bytes, scope: Scope, out: Steps) -> None:
    """Choose a live pack and commit the row of its successor, `writing`."""
    if is_frozen(state, scope):
        return
    for k in range(scope.compactors):
        if state[COMPACT + 3 * k] != IDLE or (new := free_pack(state, scope)) < 0:
            continue
        for old in range(scope.packs):
            if pack_state(state, old) == LIVE and _parts_in(state, old)[1]:
                at = COMPACT + 3 * k
                draft = bytearray(state)
                draft[at], draft[at + 1] = REPACK_RESERVED, old | new << 2
                set_pack(draft, new, WRITING)
                out.append(((ACTORS[k], "repack_reserve", old, new), bytes(draft)))


def repack_create(state: bytes, scope: Scope, out: Steps) -> None:
    """Copy the parts that are not dead into the new file."""
    for k in range(scope.compactors):
        at = COMPACT + 3 * k
        if state[at] != REPACK_RESERVED:
            continue
        old, new = state[at + 1] & 3, state[at + 1] >> 2 & 3
        copied = _parts_in(state, old)[1] & state[FILES] >> 2 * old
        draft = bytearray(state)
        if not copied:
            draft[at : at + 3] = bytes(3)
            out.append(((ACTORS[k], "repack_nothing_left", old, new), bytes(draft)))
            continue
        draft[at], draft[at + 1] = REPACK_CREATED, old | new << 2 | copied << 4
        draft[FILES] |= copied << 2 * new
        if scope.mutant == "repack_unlinks_first":
            draft[FILES] &= ~(3 << 2 * old)
        out.append(((ACTORS[k], "repack_create", old, new), bytes(draft)))


def repack_switch(state: bytes, scope: Scope, out: Steps) -> None:
    """Move the rows that still name the old pack; the old pack's state is nobody's business here."""
    for k in range(scope.compactors):
        at = COMPACT + 3 * k
        if state[at] != REPACK_CREATED:
            continue
        old, new, copied = state[at + 1] & 3, state[at + 1] >> 2 & 3, state[at + 1] >> 4
        moved = copied & _parts_in(state, old)[0]
        if moved << 2 & locked(state):
            continue
        draft = bytearray(state)
        draft[at : at + 3] = bytes(3)
        if pack_state(state, new) != WRITING and scope.mutant != "repack_without_fence":
            out.append(((ACTORS[k], "repack_roll_back", old, new), bytes(draft)))
            continue
        set_pack(draft, new, LIVE)
        for part in (0, 1):
            if moved >> part & 1:
                draft[PARTS + part] = new + 1 << 1 | state[PARTS + part] & 1
        if scope.mutant == "repack_condemns_old_pack":
            set_pack(draft, old, CONDEMNED_PACK)
        out.append(((ACTORS[k], "repack_switch", old, new), bytes(draft)))


def condemn_emptied(state: bytes, scope: Scope, out: Steps) -> None:
    """Condemn a live pack that no part row names; its name goes to the outbox."""
    _condemn(state, scope, out, LIVE, "condemn_emptied")


def condemn_abandoned(state: bytes, scope: Scope, out: Steps) -> None:
    """Condemn a pack that is still `writing`: its owner's lease is over, though the owner may only be paused."""
    _condemn(state, scope, out, WRITING, "condemn_abandoned")


def _condemn(state: bytes, scope: Scope, out: Steps, wanted: int, action: str) -> None:
    for pack in range(scope.packs):
        if pack_state(state, pack) == wanted and not _parts_in(state, pack)[0] and not is_frozen(state, scope):
            draft = bytearray(state)
            set_pack(draft, pack, CONDEMNED_PACK)
            out.append((("janitor", action, pack), bytes(draft)))


def _may_go(state: bytes, scope: Scope, pack: int) -> bool:
    """Tell whether a pack is condemned, and that and all that came before it is in the journal and known to be."""
    if pack_state(state, pack) != CONDEMNED_PACK or is_frozen(state, scope):
        return False
    if not scope.journal or scope.mutant == "unlink_before_tombstone":
        return True
    if scope.mutant == "condemned_pack_not_journaled":
        return bytes(outbox(state, scope)) == state[WRITTEN : WRITTEN + 5]
    return bool(state[WRITTEN + 4] >> pack & 1)


def unlink(state: bytes, scope: Scope, out: Steps) -> None:
    """Unlink the file of a condemned pack."""
    for pack in range(scope.packs):
        if _may_go(state, scope, pack) and state[FILES] >> 2 * pack & 3:
            draft = bytearray(state)
            draft[FILES] &= ~(3 << 2 * pack)
            out.append((("janitor", "unlink", pack), bytes(draft)))


def drop_row(state: bytes, scope: Scope, out: Steps) -> None:
    """Delete the row of a condemned pack whose file is gone."""
    for pack in range(scope.packs):
        if _may_go(state, scope, pack) and not state[FILES] >> 2 * pack & 3:
            draft = bytearray(state)
            set_pack(draft, pack, NO_ROW)
            forget_pack(draft, pack, scope)
            out.append((("janitor", "drop_row", pack), bytes(draft)))
