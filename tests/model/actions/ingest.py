"""An ingest of one source: look up, reserve a pack row, create its file, touch what it deduplicates against, commit.

`found` are the rows whose ids it looked up (bit 0 the content, 1-2 the parts); `valid` those that still exist: ids
are never reused, so a row deleted and stored again is another row.
"""

from __future__ import annotations

from tests.model.actions.journal import committed, is_ahead
from tests.model.actions.packs import free_pack
from tests.model.scope import Scope, Steps
from tests.model.state import (
    CONTENTS,
    COUNT,
    CREATED,
    FAULT,
    FILES,
    GONE,
    INGEST,
    LISTED,
    LIVE,
    LOOKED,
    PARTS,
    PROTECT,
    RESERVED,
    TOLD,
    TOUCHED,
    WRITING,
    locked,
    pack_state,
    set_pack,
)

ACTORS = ("ingest 0", "ingest 1")
DANGLING = 1


def _look(state: bytes | bytearray, scope: Scope, content: int) -> int:
    """Give what a look-up finds: the content, or else those of its parts that are stored."""
    if state[CONTENTS] >> content & 1:
        return 1
    parts = scope.contents[content]
    return (2 if parts & 1 and state[PARTS] else 0) | (4 if parts & 2 and state[PARTS + 1] else 0)


def missing_parts(scope: Scope, content: int, found: int) -> int:
    """Give the parts that must be stored, as bits."""
    return 0 if found & 1 else scope.contents[content] & ~(found >> 1)


def _may_capture(state: bytes, scope: Scope, source: int) -> bool:
    listed = state[LISTED + source]
    return COUNT[listed] < scope.snapshots[source] and not state[PROTECT] >> 6 + source & 1


def look_up(state: bytes, scope: Scope, out: Steps) -> None:
    """Open a snapshot that finds new content, and look up what of it is stored."""
    for source in scope.sources:
        at = INGEST + 4 * source
        if state[at] or not _may_capture(state, scope, source) or _refuses(state, scope):
            continue
        newest = state[LISTED + source] >> 2 * (COUNT[state[LISTED + source]] - 1) & 3 if state[LISTED + source] else 0
        for code in scope.choices[source]:
            if code in {GONE, newest}:
                continue
            draft = bytearray(state)
            draft[at] = LOOKED | (code - 1) << 4
            found = _look(state, scope, code - 1)
            draft[at + 1] = found | found << 4
            out.append(((ACTORS[source], "look_up", code - 1), bytes(draft)))


def _refuses(state: bytes, scope: Scope) -> bool:
    return scope.restore and scope.mutant != "no_head_check_after_restore" and is_ahead(state, scope)


def commit_unchanged(state: bytes, scope: Scope, out: Steps) -> None:
    """Complete a snapshot that finds the item unchanged or gone."""
    for source in scope.sources:
        listed = state[LISTED + source]
        if state[INGEST + 4 * source] or not listed or not _may_capture(state, scope, source):
            continue
        if _refuses(state, scope):
            continue
        newest = listed >> 2 * (COUNT[listed] - 1) & 3
        for code in scope.choices[source]:
            if code in {GONE, newest}:
                draft = bytearray(state)
                _list(draft, scope, source, code)
                out.append(((ACTORS[source], "commit_unchanged", code), bytes(draft)))


def _list(draft: bytearray, scope: Scope, source: int, code: int) -> None:
    draft[LISTED + source] |= code << 2 * COUNT[draft[LISTED + source]]
    if scope.mutant == "snapshot_not_journaled":
        draft[TOLD + 1 : TOLD + 3] = draft[LISTED : LISTED + 2]
    committed(draft, scope)


def reserve(state: bytes, scope: Scope, out: Steps) -> None:
    """Commit the row of a pack, `writing`, before its file exists."""
    for source in scope.sources:
        at = INGEST + 4 * source
        if state[at] & 15 != LOOKED or not missing_parts(scope, state[at] >> 4, state[at + 1] & 15):
            continue
        if (pack := free_pack(state, scope)) < 0:
            continue
        draft = bytearray(state)
        draft[at] = state[at] & 0xF0 | RESERVED
        draft[at + 2] = pack + 1
        set_pack(draft, pack, WRITING)
        out.append(((ACTORS[source], "reserve_pack", pack), bytes(draft)))


def create(state: bytes, scope: Scope, out: Steps) -> None:
    """Create the pack's file with the missing parts."""
    for source in scope.sources:
        at = INGEST + 4 * source
        if state[at] & 15 == RESERVED:
            pack = state[at + 2] - 1
            draft = bytearray(state)
            draft[at] = state[at] & 0xF0 | CREATED
            draft[FILES] |= missing_parts(scope, state[at] >> 4, state[at + 1] & 15) << 2 * pack
            out.append(((ACTORS[source], "create_pack", pack), bytes(draft)))


def touch(state: bytes, scope: Scope, out: Steps) -> None:
    """Begin the commit: update what was found and insert what was not; every row named is locked.

    What does not come back must be stored again: the transaction is rolled back and the look-up repeated.
    """
    for source in scope.sources:
        at = INGEST + 4 * source
        phase, content, found = state[at] & 15, state[at] >> 4, state[at + 1] & 15
        ready = phase == CREATED or (phase == LOOKED and not missing_parts(scope, content, found))
        if not ready:
            continue
        draft = bytearray(state)
        if found & ~(state[at + 1] >> 4) and scope.mutant != "stale_dedup_lookup":
            again = _look(state, scope, content)
            draft[at], draft[at + 1], draft[at + 2] = LOOKED | content << 4, again | again << 4, 0
            out.append(((ACTORS[source], "touch_again", content), bytes(draft)))
            continue
        rows = _rows_locked(state, scope, content, found)
        if rows & locked(state):
            continue
        draft[at] = TOUCHED | content << 4
        draft[at + 1] = _ids(state, scope, content, found) | state[at + 1]
        draft[at + 3] = rows
        out.append(((ACTORS[source], "touch", content), bytes(draft)))


def _existing(state: bytes, scope: Scope, content: int) -> int:
    """Give the rows that exist of a content and its parts, as lock bits."""
    parts = scope.contents[content]
    there = (4 if parts & 1 and state[PARTS] else 0) | (8 if parts & 2 and state[PARTS + 1] else 0)
    return there | (1 << content if state[CONTENTS] >> content & 1 else 0)


def _rows_locked(state: bytes, scope: Scope, content: int, found: int) -> int:
    """Give the rows that the update and the insert lock: all of them, but for the mutants."""
    rows = scope.rows[content]
    match scope.mutant:
        case "stale_dedup_lookup" | "resurrect_by_plain_select":
            return rows & ~_existing(state, scope, content)
        case "resurrect_update_skips_live":
            dead = (state[CONTENTS] >> 2) & 3 | (state[PARTS] & 1) << 2 | (state[PARTS + 1] & 1) << 3
            return rows & (dead | ~_existing(state, scope, content))
        case "on_conflict_do_nothing":
            looked_up = (found & 1) << content | (found & 6) << 1
            known = rows if found & 1 else looked_up
            return rows & (known | ~_existing(state, scope, content))
    return rows


def _ids(state: bytes, scope: Scope, content: int, found: int) -> int:
    """Give the ids taken by ON CONFLICT, as found and valid: another ingest stored them meanwhile."""
    if found & 1:
        return 0
    there = _existing(state, scope, content)
    taken = (1 if there >> content & 1 else 0) | there >> 1 & 6
    return taken | taken << 4


def commit(state: bytes, scope: Scope, out: Steps) -> None:
    """Commit versions, contents, parts, pack and snapshot; roll back when the source or the pack was taken away."""
    for source in scope.sources:
        at = INGEST + 4 * source
        if state[at] & 15 != TOUCHED:
            continue
        pack, content = state[at + 2] - 1, state[at] >> 4
        draft = bytearray(state)
        draft[at : at + 4] = bytes(4)
        is_removed = state[PROTECT] >> 6 + source & 1
        is_fenced = pack >= 0 and pack_state(state, pack) != WRITING and scope.mutant != "no_writing_fence"
        if is_removed or is_fenced:
            out.append(((ACTORS[source], "roll_back"), bytes(draft)))
            continue
        found, valid = state[at + 1] & 15, state[at + 1] >> 4
        if found & ~valid or found & 1 > state[CONTENTS] >> content & 1:
            draft[FAULT] = DANGLING
        _store(draft, scope, content, pack, state[at + 3])
        _list(draft, scope, source, content + 1)
        out.append(((ACTORS[source], "commit"), bytes(draft)))


def _store(draft: bytearray, scope: Scope, content: int, pack: int, rows: int) -> None:
    """Insert what is new, clear the marks of what is used again, make the pack live."""
    mutant = scope.mutant
    is_known = draft[CONTENTS] >> content & 1
    clears = rows if mutant in {"resurrect_update_skips_live", "on_conflict_do_nothing", "stale_dedup_lookup"} else 15
    if mutant != "dead_content_not_resurrected" and clears >> content & 1:
        draft[CONTENTS] &= ~(4 << content)
    if not is_known and mutant == "ids_reused":
        _take_over_id(draft, content)
    draft[CONTENTS] |= 1 << content
    for part in range(2):
        if not scope.contents[content] >> part & 1:
            continue
        if draft[PARTS + part]:
            if mutant != "dead_part_not_resurrected" and clears >> 2 + part & 1:
                draft[PARTS + part] &= ~1
        elif pack >= 0 and not is_known:
            draft[PARTS + part] = pack + 1 << 1
    if pack >= 0:
        set_pack(draft, pack, LIVE)


def _take_over_id(draft: bytearray, content: int) -> None:
    """Give a new content the id of a deleted one: whoever looked that up now means this one."""
    for at in (INGEST, INGEST + 4):
        if draft[at] and draft[at] >> 4 != content:
            draft[at + 1] |= (draft[at + 1] & 1) << 4
