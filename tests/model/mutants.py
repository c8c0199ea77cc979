"""The seeded bugs: each a switch of the protocol, and the configuration that must find it."""

from __future__ import annotations

from dataclasses import replace

from tests.model.configurations import CI
from tests.model.scope import Scope

MUTANTS = {
    "delete_ignores_pins": "holds",
    "plan_not_rechecked": "holds",
    "placement_without_lock": "holds",
    "association_without_lock": "holds",
    "custodian_pin_frozen_at_placement": "holds",
    "gap_off_by_one": "gaps",
    "reversal_without_lock": "gaps",
    "stale_dedup_lookup": "dedup",
    "dead_content_not_resurrected": "dedup",
    "dead_part_not_resurrected": "dedup",
    "resurrect_by_plain_select": "dedup",
    "resurrect_update_skips_live": "dedup",
    "on_conflict_do_nothing": "dedup",
    "mark_looks_before_locking": "sharing",
    "sweep_looks_before_locking": "dedup",
    "sweep_without_not_exists": "dedup",
    "no_writing_fence": "dedup",
    "ids_reused": "ids",
    "repack_condemns_old_pack": "repack",
    "repack_unlinks_first": "repack",
    "repack_without_fence": "repack",
    "hold_not_journaled": "journal",
    "hold_returned_before_durable": "journal",
    "association_not_journaled": "journal",
    "snapshot_not_journaled": "journal",
    "unlink_before_tombstone": "journal",
    "condemned_pack_not_journaled": "restore",
    "no_head_check_after_restore": "restore",
}

# Each of these takes one of two defences away; what the other still saves shows only in the mark.
HARMLESS_ALONE = ("dead_content_not_resurrected", "dead_part_not_resurrected")


def seeded(name: str) -> Scope:
    """Give the scope that must find a seeded bug: by the harm it does, not by what it could do."""
    configuration = next(c for c in CI if c.name == MUTANTS[name])
    return replace(configuration, mutant=name, early=name in HARMLESS_ALONE)
