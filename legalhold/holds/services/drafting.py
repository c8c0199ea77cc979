"""Drafting a hold: it protects nothing until it is placed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.db import transaction

from legalhold.audit.services import record
from legalhold.holds.models import Hold, HoldScope
from legalhold.holds.rules import may_manage
from legalhold.holds.writing import journal_hold
from legalhold.matters.models import Matter
from legalhold.matters.services import MatterClosed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from legalhold.formats import ItemKind
    from legalhold.matters.access import Access


LONGEST_NAME: Final = 200


class HoldNameTaken(Exception):
    """The matter already has a hold of that name."""


class HoldInvalid(ValueError):
    """A hold can't have this name or type; the message names the field and what it may be."""


class ScopeEmpty(ValueError):
    """A scope's dates end before they begin, so it would hold next to nothing."""


@dataclass(frozen=True, slots=True)
class ScopeSpec:
    """What is held of each target: kinds (none given: every kind) and dates (open where not given)."""

    kinds: frozenset[ItemKind] = frozenset()
    dated_from: datetime | None = None
    dated_to: datetime | None = None

    @property
    def mask(self) -> int:
        """The kinds as a pin's bit mask; 0 is every kind."""
        return sum(1 << kind for kind in self.kinds)


def scope_of_days(
    *, first_day: date | None, last_day: date | None, zone: str, kinds: frozenset[ItemKind] = frozenset()
) -> ScopeSpec:
    """Return a scope of whole days, both included, as a matter's time zone counts them; None is open. Raises ``ScopeEmpty``."""
    if first_day and last_day and last_day < first_day:
        raise ScopeEmpty(f"the scope ends ({last_day}) before it begins ({first_day})")
    counted_in = ZoneInfo(zone)
    # Of two moments that a clock shows twice the earlier begins a day, and the later ends one.
    begins = datetime.combine(first_day, time.min, tzinfo=counted_in) if first_day else None
    ends = datetime.combine(last_day, time.max, tzinfo=counted_in).replace(fold=1) if last_day else None
    return ScopeSpec(kinds, begins and _in_utc(begins), ends and _in_utc(ends))


def draft_hold(
    *,
    matter: Matter,
    name: str,
    hold_type: str = Hold.Type.LITIGATION,
    reason: str = "",
    scopes: Sequence[ScopeSpec] = (ScopeSpec(),),
    access: Access,
    at: datetime,
) -> Hold:
    """Create a hold in state draft. Nothing is written where it raises.

    Raises ``HoldInvalid``, ``HoldNameTaken``, ``MatterClosed`` and ``ScopeEmpty``.
    """
    may_manage(access=access, matter=matter)
    _check_fields(name, hold_type)
    _check(scopes)
    with transaction.atomic(durable=True):
        # Locked, then checked: what is closed meanwhile would keep a draft that can never be placed.
        if (closed_at := Matter.objects.select_for_update().get(pk=matter.pk).closed_at) is not None:
            raise MatterClosed(
                f"matter {matter.name!r} was closed on {closed_at:%Y-%m-%d}: a hold drafted in it could never be placed"
            )
        if Hold.objects.filter(matter=matter, name=name).exists():
            raise HoldNameTaken(f"matter {matter.name!r} already has a hold named {name!r}; give this one another name")
        hold = Hold.objects.create(matter=matter, name=name, hold_type=hold_type, reason=reason, drafted_at=at)
        HoldScope.objects.bulk_create(_rows(hold, scopes))
        journal_hold(verb="hold.drafted", hold=hold, at=at)
        record(
            verb="hold.drafted", by=access.actor, at=at, subject_kind="hold", subject_key=str(hold.key),
            matter_key=matter.key, body={"name": name, "type": str(hold_type)},
        )  # fmt: skip
    return hold


def _in_utc(moment: datetime) -> datetime | None:
    """Return the moment in UTC; one that no calendar has there is open."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def _check_fields(name: str, hold_type: str) -> None:
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise HoldInvalid(
            f"name is {name!r}: give 1 to {LONGEST_NAME} printable characters without space at their ends"
        )
    if hold_type not in Hold.Type.values:
        raise HoldInvalid(f"type is {hold_type!r}: give one of {', '.join(Hold.Type.values)}")


def _check(scopes: Sequence[ScopeSpec]) -> None:
    for scope in scopes:
        if scope.dated_from and scope.dated_to and scope.dated_to < scope.dated_from:
            raise ScopeEmpty(
                f"the scope ends ({scope.dated_to:%Y-%m-%d}) before it begins ({scope.dated_from:%Y-%m-%d})"
            )


def _rows(hold: Hold, scopes: Sequence[ScopeSpec]) -> Iterable[HoldScope]:
    for scope in scopes or (ScopeSpec(),):
        yield HoldScope(hold=hold, kinds=scope.mask, dated_from=scope.dated_from, dated_to=scope.dated_to)
