"""Condemn, destroy, sweep.  Two compactors take these steps; each step is what one statement does.

Destroy: the guard shared, then the DELETE with its own look at pins and kept snapshots, then the rows of content and
parts locked, then a fresh look at what is unreferenced (`delete`); what it wrote is seen at `commit`.  In between
nothing else of the transaction can be seen.  A mutant that looks before it locks decides in `delete` without locks
and takes them in `commit`, where PostgreSQL looks again at the locked row alone.
"""

from __future__ import annotations

from tests.model.actions.journal import is_frozen
from tests.model.scope import Scope, Steps
from tests.model.state import (
    COMPACT,
    CONDEMNED,
    CONTENTS,
    DELETING,
    EXPIRED,
    FAULT,
    INGEST,
    LISTED,
    PARTS,
    PLANNED,
    PLANNER,
    PROTECT,
    SWEEPING_CONTENT,
    SWEEPING_PART,
    TOLD,
    TOMBS,
    VERSIONS,
    locked,
    used_contents,
    version_of,
)

ACTORS = ("compactor 0", "compactor 1")
HELD, KEPT = 2, 3


def is_reclaimable(state: bytes, version: int, *, is_off_by_one: bool = False) -> bool:
    """Tell whether a version lies strictly inside a gap between kept snapshots, or its source is removed."""
    source, first = version >> 2, version & 3
    if state[PROTECT] >> 6 + source & 1:
        return True
    last = version_of(state, version)[0]
    if last == -1:
        return False
    span = ((1 << last + 1) - (1 << first)) << source * 4
    if is_off_by_one:
        span &= ~(1 << source * 4 + last)
    return not span & ~state[EXPIRED]


def pinned_sources(state: bytes, scope: Scope) -> int:
    """Give the sources that pins match, resolved now."""
    if scope.mutant == "custodian_pin_frozen_at_placement":
        protect = state[PROTECT] & ~0b110000 | state[15] << 4
        return scope.pinned[protect]
    return scope.pinned[state[PROTECT]]


def _rows(state: bytes) -> list[int]:
    """Give every version row there is."""
    return [
        source * 4 + first
        for source in (0, 1)
        for first, _, _ in VERSIONS[state[LISTED + source]]
        if not state[TOMBS] >> source * 4 + first & 1
    ]


def condemn_look(state: bytes, scope: Scope, out: Steps) -> None:
    """Find a version that nothing keeps."""
    if state[PLANNER] or is_frozen(state, scope):
        return
    pinned = pinned_sources(state, scope)
    is_off = scope.mutant == "gap_off_by_one"
    for version in _rows(state):
        if state[CONDEMNED] >> version & 1 or pinned >> (version >> 2) & 1:
            continue
        if is_reclaimable(state, version, is_off_by_one=is_off):
            draft = bytearray(state)
            draft[PLANNER] = version + 1
            out.append((("planner", "look", version), bytes(draft)))


def condemn(state: bytes, scope: Scope, out: Steps) -> None:
    """Mark the version found; since the look a hold may have come, so a mark proves nothing."""
    if state[PLANNER]:
        draft = bytearray(state)
        version = state[PLANNER] - 1
        draft[PLANNER] = 0
        if not state[TOMBS] >> version & 1:
            draft[CONDEMNED] |= 1 << version
        out.append((("planner", "condemn", version), bytes(draft)))


def plan(state: bytes, scope: Scope, out: Steps) -> None:
    """Read the condemned versions into a batch, outside of any lock."""
    for k in range(scope.compactors):
        if state[COMPACT + 3 * k] == 0 and not is_frozen(state, scope):
            for version in range(8):
                if state[CONDEMNED] >> version & 1:
                    draft = bytearray(state)
                    draft[COMPACT + 3 * k], draft[COMPACT + 3 * k + 1] = PLANNED, version
                    out.append(((ACTORS[k], "plan", version), bytes(draft)))


def _batch(state: bytes, scope: Scope, k: int) -> list[int]:
    """Give the versions that this compactor's DELETE may name."""
    phase, version = state[COMPACT + 3 * k], state[COMPACT + 3 * k + 1]
    if scope.plan:
        planned = phase == PLANNED and not state[TOMBS] >> version & 1
        return [version] if planned and (state[CONDEMNED] >> version & 1 or _trusts_plan(scope)) else []
    return [version for version in range(8) if state[CONDEMNED] >> version & 1] if phase == 0 else []


def _trusts_plan(scope: Scope) -> bool:
    return scope.mutant == "plan_not_rechecked"


def delete(state: bytes, scope: Scope, out: Steps) -> None:
    """Take the guard shared, delete what the statement itself finds destroyable, lock, look at what it leaves."""
    if not state[CONDEMNED] and not scope.plan:
        return
    for k in range(scope.compactors):
        for version in _batch(state, scope, k):
            other = COMPACT + 3 - 3 * k
            if state[other] == DELETING and state[other + 1] & 7 == version:
                continue
            if not (_trusts_plan(scope) or _is_destroyable(state, scope, version)):
                continue
            content = version_of(state, version)[1]
            looks_first = scope.mutant == "mark_looks_before_locking"
            if not looks_first and scope.rows[content] & locked(state):
                continue
            if not is_frozen(state, scope):
                draft = bytearray(state)
                at = COMPACT + 3 * k
                draft[at], draft[at + 1] = DELETING, version | _unreferenced(state, scope, version, content) << 4
                draft[at + 2] = 0 if looks_first else scope.rows[content]
                out.append(((ACTORS[k], "delete", version), bytes(draft)))


def give_up(state: bytes, scope: Scope, out: Steps) -> None:
    """Drop a planned version that the statement no longer finds destroyable."""
    for k in range(scope.compactors):
        if state[COMPACT + 3 * k] == PLANNED and not _trusts_plan(scope):
            version = state[COMPACT + 3 * k + 1]
            if not state[CONDEMNED] >> version & 1 or not _is_destroyable(state, scope, version):
                out.append(((ACTORS[k], "give_up", version), _idle(state, k)))


def _idle(state: bytes, k: int) -> bytes:
    at = COMPACT + 3 * k
    return state[:at] + bytes(3) + state[at + 3 :]


def _is_destroyable(state: bytes, scope: Scope, version: int) -> bool:
    """Look again, in the statement that deletes, at what keeps and what pins."""
    pinned = 0 if scope.mutant == "delete_ignores_pins" else pinned_sources(state, scope)
    is_off = scope.mutant == "gap_off_by_one"
    return not pinned >> (version >> 2) & 1 and is_reclaimable(state, version, is_off_by_one=is_off)


def _unreferenced(state: bytes, scope: Scope, version: int, content: int) -> int:
    """Give what is dead without this version: bit 0 its content, bits 1-2 parts that no other content alive has."""
    if used_contents(state, state[TOMBS] | 1 << version) >> content & 1:
        return 0
    alive = state[CONTENTS] & 3 & ~(state[CONTENTS] >> 2) & ~(1 << content)
    return 1 | (scope.contents[content] & ~scope.parts_of[alive]) << 1


def commit(state: bytes, scope: Scope, out: Steps) -> None:
    """Commit the deletion, its tombstone and the marks; the guard and the rows are free again."""
    for k in range(scope.compactors):
        at = COMPACT + 3 * k
        if state[at] != DELETING:
            continue
        version, dead = state[at + 1] & 7, state[at + 1] >> 4
        content = version_of(state, version)[1]
        if not state[at + 2] and scope.rows[content] & locked(state):
            continue
        draft = bytearray(_idle(state, k))
        draft[TOMBS] |= 1 << version
        draft[CONDEMNED] &= ~(1 << version)
        if dead & 1 and state[CONTENTS] >> content & 1:
            draft[CONTENTS] |= 4 << content
        for part in (0, 1):
            if dead >> 1 + part & 1 and state[PARTS + part]:
                draft[PARTS + part] |= 1
        draft[FAULT] = _fault(state, scope, version)
        out.append(((ACTORS[k], "commit_delete", version), bytes(draft)))


def _fault(state: bytes, scope: Scope, version: int) -> int:
    """Judge the destruction by what the outside was told, not by what the catalog says."""
    if scope.pinned[state[TOLD]] >> (version >> 2) & 1:
        return HELD
    return 0 if is_reclaimable(state, version) else KEPT


def sweep(state: bytes, scope: Scope, out: Steps) -> None:
    """Lock a dead content or part, then look whether anything still names it."""
    if not (state[CONTENTS] >> 2 or state[PARTS] & 1 or state[PARTS + 1] & 1):
        return
    if is_frozen(state, scope):
        return
    taken = 0 if scope.mutant == "sweep_looks_before_locking" else locked(state)
    named = 0 if scope.mutant == "sweep_without_not_exists" else scope.parts_of[state[CONTENTS] & 3]
    used = 0 if scope.mutant == "sweep_without_not_exists" else used_contents(state, state[TOMBS])
    for k in range(scope.compactors):
        if state[COMPACT + 3 * k]:
            continue
        for n in (0, 1):
            if state[CONTENTS] >> 2 + n & 1 and not (used | taken) >> n & 1:
                out.append(((ACTORS[k], "sweep_content", n), _sweeping(state, scope, k, SWEEPING_CONTENT, n)))
            if state[PARTS + n] & 1 and not (named | taken >> 2) >> n & 1:
                out.append(((ACTORS[k], "sweep_part", n), _sweeping(state, scope, k, SWEEPING_PART, n)))


def _sweeping(state: bytes, scope: Scope, k: int, phase: int, row: int) -> bytes:
    lock = 1 << row if phase == SWEEPING_CONTENT else 4 << row
    if scope.mutant == "sweep_looks_before_locking":
        lock = 0
    at = COMPACT + 3 * k
    return state[:at] + bytes((phase, row, lock)) + state[at + 3 :]


def sweep_commit(state: bytes, scope: Scope, out: Steps) -> None:
    """Delete the row; with a content go its `content_part` rows."""
    for k in range(scope.compactors):
        phase, row, lock = state[COMPACT + 3 * k : COMPACT + 3 * k + 3]
        if phase not in {SWEEPING_CONTENT, SWEEPING_PART}:
            continue
        is_content = phase == SWEEPING_CONTENT
        if not lock and (1 << row if is_content else 4 << row) & locked(state):
            continue
        draft = bytearray(_idle(state, k))
        # without the lock, PostgreSQL looks again at the row's own columns: is it still marked dead
        is_dead = state[CONTENTS] >> 2 + row & 1 if is_content else state[PARTS + row] & 1
        if is_dead and is_content:
            draft[CONTENTS] &= ~(5 << row)
            _invalidate(draft, row, 16)
        elif is_dead:
            draft[PARTS + row] = 0
            _invalidate(draft, None, 32 << row)
        out.append(((ACTORS[k], "sweep_commit", row), bytes(draft)))


def _invalidate(draft: bytearray, content: int | None, bit: int) -> None:
    """Remember that the id an ingest looked up names nothing any more."""
    for at in (INGEST, INGEST + 4):
        if draft[at] and (content is None or draft[at] >> 4 == content):
            draft[at + 1] &= ~bit
