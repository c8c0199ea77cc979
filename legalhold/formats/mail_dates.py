"""Dates as messages write them (RFC 5322 §3.3, §4.3), and as broken senders do."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from functools import lru_cache
from typing import NamedTuple

_MAX_DATE_BYTES = 200
_REMEMBERED_BYTES = 64  # the hops of one message often tell the same second; longer values aren't worth their memory
_MONTHS = {name: number for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_NOT_ZONES = {*_MONTHS, *b"mon tue wed thu fri sat sun".split()}
_USUAL = re.compile(
    rb"\s{,9}(?:[A-Za-z]{3,9},?\s{1,9})?(\d{1,2})\s{1,9}([A-Za-z]{3})[a-z]{,7}\.?\s{1,9}(\d{4})\s{1,9}(\d{1,2}):(\d\d)(?::(\d\d))?"
    rb"\s{,9}(?:([+-]\d{4})|(?:GMT|UTC?|Z))(?=\s*(?:\(|\Z))"
)
_COMMENT = re.compile(rb"\([^()]*\)?")
# names in full with what is glued to them, or a numeric offset
_ZONE_LIKE = re.compile(rb"[A-Za-z]+[A-Za-z0-9+:-]*|[+-]\d{4}(?![\w:])")
# every other name, EST and CST among them, is used in more than one part of the world
_UTC_NAMES = {b"GMT", b"UT", b"UTC", b"Z"}
_FURTHEST = timedelta(hours=14)


class MailDate(NamedTuple):
    """A moment (UTC). Where no zone is told, or one that may be several, `at` is the likeliest and not `is_zone_known`.

    `wall` is the wall clock that was written, read as UTC: by at most 14 hours another than the moment.
    """

    at: datetime
    is_zone_known: bool
    wall: datetime


def parse_mail_date(value: bytes) -> MailDate | None:
    """Read a date field's value; None if it can't be read. Never raises, never takes long."""
    return _remembered(value) if len(value) <= _REMEMBERED_BYTES else _parse(value)


def _parse(value: bytes) -> MailDate | None:
    usual = _USUAL.match(value)
    try:
        return _from_usual(usual) if usual else _from_any(b" ".join(value[:_MAX_DATE_BYTES].split()))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


_remembered = lru_cache(maxsize=2048)(_parse)


@lru_cache(maxsize=256)
def _offset(zone: bytes) -> timedelta:
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    return offset if zone.startswith(b"+") else -offset


def _from_usual(match: "re.Match[bytes]") -> MailDate | None:
    day, month_name, year, hour, minute, second, zone = match.groups()
    month = _MONTHS.get(month_name.lower())
    if month is None:
        return None
    # a leap second has no place in a datetime
    wall = datetime(int(year), month, int(day), int(hour), int(minute), min(int(second or 0), 59), tzinfo=UTC)
    offset = _offset(zone) if zone else timedelta(0)
    return MailDate(wall - offset, abs(offset) <= _FURTHEST, wall)


def _from_any(value: bytes) -> MailDate | None:
    fields = parsedate_tz(value.decode("ascii", "replace"))
    if fields is None:
        return None
    year, month, day, hour, minute, second, *_ = fields
    wall = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    offset = timedelta(seconds=fields[9] or 0)
    return MailDate(wall - offset, _is_told(value, offset), wall)


def _is_told(value: bytes, offset: timedelta) -> bool:
    """Tell whether a date has exactly one zone, of one meaning, and the parser took that."""
    words = _ZONE_LIKE.findall(_COMMENT.sub(b" ", value))
    zones = [word for word in words if word[:3].lower() not in _NOT_ZONES]
    if len(zones) != 1 or abs(offset) > _FURTHEST:
        return False
    if zones[0][:1] in b"+-":
        return offset == _offset(zones[0])
    return zones[0].upper() in _UTC_NAMES
