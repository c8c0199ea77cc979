"""Which actions take part in a scope."""

from __future__ import annotations

from collections.abc import Callable

from tests.model.actions import compaction, holds, ingest, journal, packs, recovery
from tests.model.scope import Scope, Steps

Action = Callable[[bytes, Scope, Steps], None]


def actions_of(scope: Scope) -> tuple[Action, ...]:
    """Give the actions that can happen in this scope; each of them must fire somewhere in it."""
    asked: tuple[tuple[bool, tuple[Action, ...]], ...] = (
        (True, (ingest.look_up, ingest.reserve, ingest.create, ingest.touch, ingest.commit)),
        (scope.captures_again, (ingest.commit_unchanged,)),
        (bool(scope.targets), (holds.place_hold,)),
        (scope.associate, (holds.associate,)),
        (scope.release, (holds.release_hold,)),
        (scope.expire, (holds.expire,)),
        (scope.reverse, (holds.reverse_expiry,)),
        (scope.remove, (holds.remove_source,)),
        (True, (compaction.condemn_look, compaction.condemn, compaction.delete, compaction.commit)),
        (scope.plan, (compaction.plan, compaction.give_up)),
        (True, (compaction.sweep, compaction.sweep_commit)),
        (scope.repack, (packs.repack_reserve, packs.repack_create, packs.repack_switch)),
        (True, (packs.condemn_emptied, packs.condemn_abandoned, packs.unlink, packs.drop_row)),
        (scope.journal, (journal.write, journal.acknowledge)),
        (scope.crash, (recovery.crash,)),
        (scope.restore, (recovery.backup, recovery.restore)),
        (scope.rebuild, (recovery.rebuild,)),
    )
    return tuple(action for takes_part, group in asked if takes_part for action in group)
