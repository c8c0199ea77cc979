"""Which actions take part in a scope, and the steps that each can take: the vocabulary of traces."""

from __future__ import annotations

from collections.abc import Callable

from tests.model.actions import compaction, holds, ingest, journal, packs, recovery
from tests.model.scope import Scope, Steps

Action = Callable[[bytes, Scope, Steps], None]

STEPS: dict[Action, tuple[str, ...]] = {
    ingest.look_up: ("look_up",),
    ingest.reserve: ("reserve_pack",),
    ingest.create: ("create_pack",),
    ingest.touch: ("touch", "touch_again"),
    ingest.commit: ("commit", "roll_back"),
    ingest.commit_unchanged: ("commit_unchanged",),
    holds.place_hold: ("place",),
    holds.associate: ("associate",),
    holds.release_hold: ("release",),
    holds.expire: ("expire",),
    holds.reverse_expiry: ("reverse_expiry",),
    holds.remove_source: ("remove_source",),
    compaction.condemn_look: ("look",),
    compaction.condemn: ("condemn",),
    compaction.plan: ("plan",),
    compaction.give_up: ("give_up",),
    compaction.delete: ("delete",),
    compaction.commit: ("commit_delete",),
    compaction.sweep: ("sweep_content", "sweep_part"),
    compaction.sweep_commit: ("sweep_commit",),
    packs.repack_reserve: ("repack_reserve",),
    packs.repack_create: ("repack_create", "repack_nothing_left"),
    packs.repack_switch: ("repack_switch", "repack_roll_back"),
    packs.condemn_emptied: ("condemn_emptied",),
    packs.condemn_abandoned: ("condemn_abandoned",),
    packs.unlink: ("unlink",),
    packs.drop_row: ("drop_row",),
    journal.write: ("write",),
    journal.acknowledge: ("acknowledge",),
    recovery.crash: ("crash",),
    recovery.backup: ("backup",),
    recovery.restore: ("restore",),
    recovery.rebuild: ("rebuild",),
}


def _takes_part(scope: Scope) -> dict[Action, bool]:
    """Tell of the actions that not every scope has whether this one has them."""
    return {
        ingest.commit_unchanged: scope.captures_again,
        holds.place_hold: bool(scope.targets),
        holds.associate: scope.associate,
        holds.release_hold: scope.release,
        holds.expire: scope.expire,
        holds.reverse_expiry: scope.reverse,
        holds.remove_source: scope.remove,
        compaction.plan: scope.plan,
        compaction.give_up: scope.plan,
        packs.repack_reserve: scope.repack,
        packs.repack_create: scope.repack,
        packs.repack_switch: scope.repack,
        journal.write: scope.journal,
        journal.acknowledge: scope.journal,
        recovery.crash: scope.crash,
        recovery.backup: scope.restore,
        recovery.restore: scope.restore,
        recovery.rebuild: scope.rebuild,
    }


def actions_of(scope: Scope) -> tuple[Action, ...]:
    """Give the actions that can happen in this scope; each of them must fire somewhere in it."""
    optional = _takes_part(scope)
    return tuple(action for action in STEPS if optional.get(action, True))
