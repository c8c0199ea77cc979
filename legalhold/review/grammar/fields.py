"""Fields whose values aren't words: kinds, dates, custodians, sources, what an item has."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo

from legalhold.formats import ItemKind
from legalhold.review.grammar.nodes import CustodianIs, Dated, Field, HasAttachment, KindIs, Node, Sent, SourceIs
from legalhold.review.grammar.tokens import QueryUnreadable, Token

KINDS = {kind.name.lower(): (kind,) for kind in ItemKind if kind != ItemKind.CONTAINER} | {
    "mail": (ItemKind.MESSAGE,),
    "email": (ItemKind.MESSAGE,),
    "calendar": (ItemKind.EVENT, ItemKind.TASK),
}
_EPOCH = date(1970, 1, 1)
_DAY_US = 86_400_000_000


def read_field(*, field: Token, value: Token, zone: tzinfo) -> Node:
    """Return the condition of ``field:value``. Raises ``QueryUnreadable`` for an unknown field or value."""
    reader = _READERS.get(field.text)
    if reader is None:
        known = ", ".join(sorted([*_READERS, *(name for name in Field if name != Field.ANY)]))
        raise QueryUnreadable(f"there is no field {field.text!r}; there are {known}", column=field.column)
    return reader(value, zone)


def _kind(value: Token, _zone: tzinfo) -> Node:
    kinds = KINDS.get(value.text.lower())
    if kinds is None:
        raise QueryUnreadable(
            f"there is no kind {value.text!r}; there are {', '.join(sorted(KINDS))}", column=value.column
        )
    return KindIs(kinds)


def _has(value: Token, _zone: tzinfo) -> Node:
    if value.text.lower() != "attachment":
        raise QueryUnreadable(f"has:{value.text} isn't known; write has:attachment", column=value.column)
    return HasAttachment()


def _custodian(value: Token, _zone: tzinfo) -> Node:
    return CustodianIs(value.text, value.column)


def _source(value: Token, _zone: tzinfo) -> Node:
    return SourceIs(value.text, value.column)


def _sent(value: Token, zone: tzinfo) -> Node:
    first, dots, last = value.text.partition("..")
    if not dots:
        last = first
    if not first and not last:
        raise QueryUnreadable("write sent:2024-01-01..2024-03-31, with at least one of the days", column=value.column)
    if first and last and _day(first, value) > _day(last, value):
        raise QueryUnreadable(f"{first} is after {last}", column=value.column)
    from_us = _midnight(first, value, zone) if first else None
    return Sent(from_us, _midnight(last, value, zone, days=1) if last else None)


def _after(value: Token, zone: tzinfo) -> Node:
    return Dated(_midnight(value.text, value, zone), None)


def _before(value: Token, zone: tzinfo) -> Node:
    return Dated(None, _midnight(value.text, value, zone))


def _day(text: str, value: Token) -> date:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 a day has no zone
    except ValueError as error:
        raise QueryUnreadable(f"{text!r} is no day; write it like 2024-03-31", column=value.column) from error
    if not 1900 <= day.year <= 2200:  # noqa: PLR2004 nothing is dated outside, and zones could leave the calendar
        raise QueryUnreadable(f"{text} is outside 1900 to 2200", column=value.column)
    return day


def _midnight(text: str, value: Token, zone: tzinfo, *, days: int = 0) -> int:
    day = _day(text, value) + timedelta(days=days)
    offset = datetime.combine(day, time(), tzinfo=zone).utcoffset() or timedelta()
    return (day - _EPOCH).days * _DAY_US - offset // timedelta(microseconds=1)


_READERS: dict[str, Callable[[Token, tzinfo], Node]] = {
    "after": _after,
    "before": _before,
    "custodian": _custodian,
    "has": _has,
    "kind": _kind,
    "sent": _sent,
    "source": _source,
}
