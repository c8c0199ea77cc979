"""What a matter may be shown: sources while they were its custodians'. Holds are wide, showing is narrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from legalhold.custodians.models import MatterCustodian
from legalhold.database import rows
from legalhold.holds.models import Hold, HoldTarget

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from legalhold.matters.models import Matter

SHOWN_STATES = (Hold.State.DRAFT, Hold.State.IN_EFFECT, Hold.State.RELEASED)

# An open snapshot isn't whole yet, so nothing of it is shown.
_THEN = """
    JOIN catalog_snapshot s ON s.source_id = a.source_id AND s.state <> 'open'
        AND s.taken_at >= a.from_at AND (a.to_at IS NULL OR s.taken_at < a.to_at)
"""
_OF_CUSTODIANS = f"""
    SELECT a.source_id, a.custodian_id, MIN(s.sequence), MAX(s.sequence)
    FROM catalog_sourcecustodian a {_THEN}
    WHERE {{}} GROUP BY a.id, a.source_id, a.custodian_id
"""
_OF_GROUPS = f"""
    SELECT a.source_id, a.custodian_id, MIN(s.sequence), MAX(s.sequence)
    FROM catalog_groupmember m
    JOIN catalog_sourcecustodian a ON a.custodian_id = m.custodian_id {_THEN}
        AND s.taken_at >= m.from_at AND (m.to_at IS NULL OR s.taken_at < m.to_at)
    WHERE {{}} GROUP BY m.id, a.id, a.source_id, a.custodian_id
"""
_OF_SOURCES = """
    SELECT s.source_id, 0, MIN(s.sequence), MAX(s.sequence) FROM catalog_snapshot s
    WHERE s.state <> 'open' AND {} GROUP BY s.source_id
"""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A source's snapshots from one number to another, and whose it was then; nobody's when ``custodian_id`` is 0."""

    source_id: int
    custodian_id: int
    first: int
    last: int


def windows_of_matter(*, matter: Matter) -> tuple[Window, ...]:
    """Return what a matter is shown: of its custodians, and of the custodians, groups and sources of its holds."""
    targets = HoldTarget.objects.filter(hold__matter=matter, hold__state__in=SHOWN_STATES, removed_at=None)
    custodians = set(MatterCustodian.objects.filter(matter=matter).values_list("custodian_id", flat=True))
    return _windows(targets.values_list("custodian_id", "group_id", "source_id"), custodians)


def windows_of_hold(*, hold: Hold) -> tuple[Window, ...]:
    """Return what is shown of a hold: of the custodians, groups and sources on it."""
    targets = HoldTarget.objects.filter(hold=hold, removed_at=None)
    return _windows(targets.values_list("custodian_id", "group_id", "source_id"), set())


def windows_of_custodians(*, custodians: Collection[int]) -> tuple[Window, ...]:
    """Return the sources of these custodians while they were theirs."""
    return _windows((), set(custodians))


def _windows(targets: Iterable[tuple[int | None, int | None, int | None]], custodians: set[int]) -> tuple[Window, ...]:
    listed = list(targets)
    custodians = custodians | {custodian for custodian, _, _ in listed if custodian is not None}
    groups = {group for _, group, _ in listed if group is not None}
    sources = {source for _, _, source in listed if source is not None}
    found = _fetch(_OF_CUSTODIANS, "a.custodian_id", custodians)
    found |= _fetch(_OF_GROUPS, "m.group_id", groups)
    found |= _fetch(_OF_SOURCES, "s.source_id", sources)
    return tuple(sorted(found))


def _fetch(select: str, column: str, wanted: Collection[int]) -> set[Window]:
    if not wanted:
        return set()
    return {Window(*row) for row in rows.fetch(select.format(rows.any_id(column)), [rows.ids(wanted)])}
