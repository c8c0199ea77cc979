"""The gate: everything that destroys, ends a pin, or gives a source up. Nothing else in the house may."""

from legalhold.catalog.destruction.ending import end_pins
from legalhold.catalog.destruction.gate import discard_unfinished
from legalhold.catalog.destruction.planning import ClockBehind, Plan, plan, refuse_clock_behind
from legalhold.catalog.destruction.removal import Removal, SourceHeld, SourceRemoved, plan_removal, remove_source
from legalhold.catalog.destruction.run import close_interrupted, execute
from legalhold.catalog.destruction.unlink import files_without_row

__all__ = [
    "ClockBehind",
    "Plan",
    "Removal",
    "SourceHeld",
    "SourceRemoved",
    "close_interrupted",
    "discard_unfinished",
    "end_pins",
    "execute",
    "files_without_row",
    "plan",
    "plan_removal",
    "refuse_clock_behind",
    "remove_source",
]
