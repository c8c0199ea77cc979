"""Which mutants there are on which database, by name: what runs the races has no Django to import them with."""

from __future__ import annotations

HOLD = {
    "sqlite": ("hold_check_before_the_lock",),
    "postgresql": ("no_guard_and_no_rescue", "hold_check_before_the_lock"),
}
DEDUP = {
    "sqlite": ("looked_up_before_begin",),
    "postgresql": (
        "plain_select",
        "update_skips_live",
        "on_conflict_do_nothing",
        "looked_up_before_begin",
        "for_share_against_one_statement",
        "for_key_share_against_one_statement",
        "sweep_looks_before_locking",
    ),
}
"""Each of these and of HOLD must lose something."""

MARKS = {
    "sqlite": (),
    "postgresql": ("for_share", "for_key_share", "mark_looks_before_locking", "mark_and_sweep_look_before_locking"),
}
"""Each of these must leave something in use marked dead; that it isn't swept is owed to another rule."""

SAVED = {
    "sqlite": ("hold_check_outside_the_delete",),
    "postgresql": ("no_guard", "hold_check_outside_the_delete"),
}
"""These lose next to nothing as long as placing clears the mark that the DELETE reads as well: shown, not required."""
