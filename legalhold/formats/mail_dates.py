"""Dates as messages write them (RFC 5322 §3.3, §4.3), and as broken senders do."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from functools import lru_cache
from typing import NamedTuple

_MAX_DATE_BYTES = 200
_REMEMBERED_BYTES = 64  # the hops of one message often tell the same second; longer values aren't worth their memory
_MONTHS = {name: number for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_USUAL = re.compile(
    rb"\s{,9}(?:[A-Za-z]{3,9},?\s{1,9})?(\d{1,2})\s{1,9}([A-Za-z]{3})[a-z]{,7}\.?\s{1,9}(\d{4})\s{1,9}(\d{1,2}):(\d\d)(?::(\d\d))?"
    rb"\s{,9}(?:([+-]\d{4})|(?:GMT|UTC?|Z)\b)"
)

_ZONE = re.compile(rb"[+-]\d{4}\b|\b(?:GMT|UTC?|Z|[ACEMP][SD]T)\b")


class MailDate(NamedTuple):
    """A moment (UTC); where no zone is told, or one nobody knows, it is read as UTC and `is_zone_known` is false."""

    at: datetime
    is_zone_known: bool


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
    at = datetime(int(year), month, int(day), int(hour), int(minute), min(int(second or 0), 59), tzinfo=UTC)
    return MailDate(at - _offset(zone) if zone else at, is_zone_known=True)


def _from_any(value: bytes) -> MailDate | None:
    fields = parsedate_tz(value.decode("ascii", "replace"))
    if fields is None:
        return None
    year, month, day, hour, minute, second, *_ = fields
    at = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    # the parser tells an unknown zone as an offset of 0 too
    return MailDate(at - timedelta(seconds=fields[9] or 0), is_zone_known=_ZONE.search(value) is not None)
