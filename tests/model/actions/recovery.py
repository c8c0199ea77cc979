"""What goes wrong, and the way back: a crash, an old copy of the catalog, a rebuild from the archive."""

from __future__ import annotations

from tests.model.scope import Scope, Steps
from tests.model.state import (
    BACKUP,
    CATALOG_END,
    COMPACT,
    CONDEMNED_PACK,
    CONTENTS,
    EPOCH,
    FILES,
    INGEST,
    JOURNAL,
    LISTED,
    LIVE,
    PARTS,
    PLANNER,
    PROTECT,
    TOMBS,
    WRITTEN,
    reset_actors,
    set_pack,
    used_contents,
)

BACKED_UP, RESTORED, REBUILT = 1, 2, 4


def crash(state: bytes, scope: Scope, out: Steps) -> None:
    """Kill one actor between two steps: its transaction is rolled back, its locks are free."""
    for name, at, length in (
        ("ingest 0", INGEST, 4),
        ("ingest 1", INGEST + 4, 4),
        ("compactor 0", COMPACT, 3),
        ("compactor 1", COMPACT + 3, 3),
        ("planner", PLANNER, 1),
    ):
        if state[at]:
            out.append(((name, "crash"), state[:at] + bytes(length) + state[at + length :]))


def backup(state: bytes, scope: Scope, out: Steps) -> None:
    """Copy the catalog, once."""
    if not state[EPOCH]:
        draft = bytearray(state)
        draft[EPOCH] = BACKED_UP
        draft[BACKUP:] = state[:CATALOG_END]
        out.append((("operator", "backup"), bytes(draft)))


def restore(state: bytes, scope: Scope, out: Steps) -> None:
    """Stop everything and put the copy back beside the archive as it is now."""
    if state[EPOCH] & 3 == BACKED_UP:
        draft = bytearray(state)
        reset_actors(draft)
        draft[:CATALOG_END] = state[BACKUP:]
        draft[BACKUP:] = bytes(CATALOG_END)
        draft[EPOCH] = RESTORED
        out.append((("operator", "restore"), bytes(draft)))


def rebuild(state: bytes, scope: Scope, out: Steps) -> None:
    """Lose the catalog and build it from packs and journal alone; a person confirms the head.

    In a scope with restore it is offered where it is needed: after one.
    """
    if state[EPOCH] & REBUILT or (scope.restore and not state[EPOCH] & RESTORED):
        return
    draft = bytearray(state)
    reset_actors(draft)
    draft[:CATALOG_END] = bytes(CATALOG_END)
    draft[PROTECT] = state[JOURNAL]
    draft[LISTED : LISTED + 2] = state[JOURNAL + 1 : JOURNAL + 3]
    draft[TOMBS] = state[JOURNAL + 3]
    draft[WRITTEN : WRITTEN + 5] = state[JOURNAL : JOURNAL + 5]
    draft[EPOCH] |= REBUILT
    _read_packs(draft, scope)
    out.append((("operator", "rebuild"), bytes(draft)))


def _read_packs(draft: bytearray, scope: Scope) -> None:
    """Insert the rows of packs, and of the contents and parts that versions use."""
    contents = used_contents(draft, draft[TOMBS])
    wanted = scope.parts_of[contents]
    for pack in range(scope.packs):
        parts = draft[FILES] >> 2 * pack & 3
        if not parts:
            continue
        if draft[JOURNAL + 4] >> pack & 1:
            set_pack(draft, pack, CONDEMNED_PACK)
            continue
        set_pack(draft, pack, LIVE)
        for part in (0, 1):
            if parts >> part & 1 and wanted >> part & 1:
                draft[PARTS + part] = pack + 1 << 1
                wanted &= ~(1 << part)
    draft[CONTENTS] = contents
