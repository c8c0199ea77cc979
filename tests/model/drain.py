"""Garbage must be able to go: from every state in which all actors rest, cleaning alone must reach a clean archive."""

from __future__ import annotations

from tests.model.actions import compaction, journal, packs
from tests.model.scope import Scope, Steps
from tests.model.state import CONTENTS, INGEST, LIVE, NO_ROW, PARTS, SIZE, TOMBS, pack_state, part_pack, used_contents

RESTING = bytes(SIZE - INGEST)
CLEANING = (
    journal.acknowledge,
    journal.write,
    compaction.sweep_commit,
    compaction.sweep,
    packs.condemn_emptied,
    packs.condemn_abandoned,
    packs.unlink,
    packs.drop_row,
)


def leaks(state: bytes, scope: Scope, clean: set[bytes]) -> bool:
    """Tell whether rows or packs stay for ever that nothing uses; `clean` remembers states of which they don't.

    A file without a row is no leak here: it is reported, never deleted.
    """
    if state[INGEST:SIZE] != RESTING or not _has_garbage(state, scope):
        return False
    if scope.restore and journal.is_ahead(state, scope):
        return False
    passed: list[bytes] = []
    while state not in clean:
        passed.append(state)
        if (further := _cleaning_step(state, scope)) is None:
            break
        state = further
    if state not in clean and _has_garbage(state, scope):
        return True
    clean.update(passed)
    return False


def _cleaning_step(state: bytes, scope: Scope) -> bytes | None:
    """Give the state after the first cleaning step that can be taken."""
    out: Steps = []
    for action in CLEANING if scope.journal else CLEANING[2:]:
        action(state, scope, out)
        if out:
            return out[0][1]
    return None


def _has_garbage(state: bytes, scope: Scope) -> bool:
    used = used_contents(state, state[TOMBS])
    wanted = scope.parts_of[used]
    if state[CONTENTS] & 3 & ~used or any(state[PARTS + part] and not wanted >> part & 1 for part in (0, 1)):
        return True
    named = {part_pack(state[PARTS]), part_pack(state[PARTS + 1])}
    return any(
        (row := pack_state(state, pack)) != NO_ROW and (row != LIVE or pack not in named) for pack in range(scope.packs)
    )
