"""What "held" means: one SQL condition, used by planning, by the destroying statement itself, and by the triggers.

It reads pins, associations and membership as they stand in the statement that carries it. It knows nothing of holds.
Unknown means held: an unknown kind, a missing, inverted or implausible date are matched by every pin of the source.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from legalhold.database.fields import to_micros
from legalhold.database.rows import any_id
from legalhold.formats import ItemKind

FIRST_PLAUSIBLE_US: Final = to_micros(datetime(1971, 1, 1, tzinfo=UTC))
"""Before 1971 a date is a zeroed or broken clock rather than a date an item could be judged by."""

LAST_PLAUSIBLE_US: Final = to_micros(datetime(2100, 1, 1, tzinfo=UTC))
"""After 2100 a date is a placeholder or an overflow."""

ASSOCIATIONS: Final = "catalog_sourcecustodian a"
"""Read whether ended or not: ending an association changes what is shown, never what is held."""

TARGETS: Final[dict[str, tuple[str, str]]] = {
    "all": ("catalog_pin p", "p.target = 'all'"),
    "source": ("catalog_pin p", "p.source_id = {v}.source_id AND p.target = 'source'"),
    "custodian": (
        f"{ASSOCIATIONS} JOIN catalog_pin p ON p.custodian_id = a.custodian_id AND p.target = 'custodian'",
        "a.source_id = {v}.source_id",
    ),
    "group": (
        (
            f"{ASSOCIATIONS} JOIN catalog_groupmember m ON m.custodian_id = a.custodian_id"
            " JOIN catalog_pin p ON p.group_id = m.group_id AND p.target = 'group'"
        ),
        "a.source_id = {v}.source_id",
    ),
}
"""How a pin's target reaches a version's source: the tables to join, and the condition on the version ``{v}``."""

_KINDS = (
    "(p.kinds = 0"
    f" OR {{v}}.kind NOT BETWEEN {int(ItemKind.MESSAGE)} AND {int(ItemKind.FILE)}"
    " OR (p.kinds & (CAST(1 AS bigint) << CAST({v}.kind AS integer))) <> 0)"
)
"""Containers hold items of every kind, so they are matched like unknown ones."""

_IMPLAUSIBLE = " OR ".join(
    [
        *(
            f"{{v}}.{column} NOT BETWEEN {FIRST_PLAUSIBLE_US} AND {LAST_PLAUSIBLE_US}"
            for column in ("item_from", "item_to")
        ),
        "{v}.item_from > {v}.item_to",
    ],
)

_OVERLAP = (
    "(({v}.item_from IS NULL OR p.dated_to IS NULL OR {v}.item_from <= p.dated_to)"
    " AND ({v}.item_to IS NULL OR p.dated_from IS NULL OR {v}.item_to >= p.dated_from))"
)

_SEEN_THEN = (
    "EXISTS (SELECT 1 FROM catalog_snapshot s WHERE s.source_id = {v}.source_id"
    " AND s.sequence >= {v}.first_seen AND s.sequence <= {v}.last_seen"
    " AND (p.dated_from IS NULL OR s.taken_at >= p.dated_from)"
    " AND (p.dated_to IS NULL OR s.taken_at <= p.dated_to))"
)

_DATES = f"((p.dated_from IS NULL AND p.dated_to IS NULL) OR {_OVERLAP} OR {_IMPLAUSIBLE} OR {_SEEN_THEN})"

_PREDICATES = {
    target: (tables, f"{where} AND p.ended_at IS NULL AND {_KINDS} AND {_DATES}")
    for target, (tables, where) in TARGETS.items()
}

_FROZEN = (
    "catalog_pinversion f JOIN catalog_pin p ON p.id = f.pin_id",
    "f.version_id = {v}.id AND p.ended_at IS NULL",
)


def is_held(*, version: str) -> str:
    """Return the condition that a pin which hasn't ended holds the row with the alias ``version`` (``OLD`` in a trigger)."""
    branches = [*_PREDICATES.values(), _FROZEN]
    held = " OR ".join(f"EXISTS (SELECT 1 FROM {tables} WHERE {where})" for tables, where in branches)
    return f"({held.format(v=version)})"


def holding_pins(*, versions: str) -> str:
    """Return a SELECT of distinct (version_id, pin_id) over the table or subquery ``versions``, given as ``… v``."""
    branches = [*_PREDICATES.values(), _FROZEN]
    return " UNION ".join(
        f"SELECT v.id AS version_id, p.id AS pin_id FROM {versions} CROSS JOIN {tables} WHERE {where.format(v='v')}"
        for tables, where in branches
    )


def sources_reached() -> str:
    """Return a SELECT of the ids of the sources that pins reach; takes the pins' ids (``rows.ids``) once for each target."""
    branches = [
        f"SELECT s.id FROM {tables} CROSS JOIN catalog_source s WHERE {where.replace('{v}.source_id', 's.id')}"
        f" AND {any_id('p.id')}"
        for tables, where in TARGETS.values()
    ]
    return " UNION ".join(branches)


def reaches_source(*, source: str) -> str:
    """Return a SELECT of the ids of pins not ended whose target reaches the source id ``source``, whatever kinds and dates."""
    branches = [
        f"SELECT p.id FROM {tables} WHERE {where.replace('{v}.source_id', source)} AND p.ended_at IS NULL"
        for tables, where in TARGETS.values()
    ]
    frozen = (
        "SELECT p.id FROM catalog_version v JOIN catalog_pinversion f ON f.version_id = v.id"
        f" JOIN catalog_pin p ON p.id = f.pin_id WHERE v.source_id = {source} AND p.ended_at IS NULL"
    )
    return " UNION ".join([*branches, frozen])
