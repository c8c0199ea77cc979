"""Dates, durations and the end of recurrences as calendars write them (RFC 5545 §3.3), read within bounds.

Nothing here expands a recurrence: its last occurrence is bounded from above by arithmetic, or called endless.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_DATE = re.compile(rb"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d{1,9})?(Z)?)?\Z", re.IGNORECASE)
_DURATION = re.compile(
    rb"([+-])?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?\Z", re.IGNORECASE
)
_MAX_RULE_BYTES = 4096
# days that one step of a rule without BY parts takes at most; the days that some months lack are handled apart
_STEP_DAYS = {b"SECONDLY": 1 / 86400, b"MINUTELY": 1 / 1440, b"HOURLY": 1 / 24}
_STEP_DAYS |= {b"DAILY": 1, b"WEEKLY": 7, b"MONTHLY": 31, b"YEARLY": 366}
_LAST_DAY_OF_EVERY_MONTH = 28
_HARMLESS_PARTS = {b"FREQ", b"INTERVAL", b"COUNT", b"UNTIL", b"WKST"}


@dataclass(frozen=True, slots=True)
class CalendarDate:
    """A date or a moment; `at` is its wall clock read as UTC, so without `is_zone_known` it may be 14 hours off."""

    at: datetime
    is_zone_known: bool
    is_day: bool


def parse_calendar_date(value: bytes) -> CalendarDate | None:
    """Read a DATE or DATE-TIME value; None if it is neither."""
    match = _DATE.match(value.strip()[:40])
    if match is None:
        return None
    year, month, day, hour, minute, second, zulu = match.groups()
    try:
        at = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), min(int(second or 0), 59), tzinfo=UTC
        )
    except ValueError:
        return None
    return CalendarDate(at, is_zone_known=zulu is not None, is_day=hour is None)


def parse_duration(value: bytes) -> timedelta | None:
    """Read a DURATION value; None if it is none."""
    match = _DURATION.match(value.strip()[:80])
    if match is None or not any(match.groups()[1:]):
        return None
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in match.groups()[1:])
    duration = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -duration if match[1] == b"-" else duration


def rule_end(*, rule: bytes, start: datetime) -> CalendarDate | None:
    """Bound the start of a recurrence rule's last occurrence from above; None if it has no provable end."""
    if len(rule) > _MAX_RULE_BYTES:
        return None
    parts = dict(part.partition(b"=")[::2] for part in rule.upper().replace(b" ", b"").split(b";") if part)
    if b"UNTIL" in parts:
        until = parse_calendar_date(parts[b"UNTIL"])
        if until is not None and until.is_day:
            return CalendarDate(until.at + timedelta(days=1), is_zone_known=False, is_day=True)
        return until
    try:
        return _end_by_count(parts, start)
    except (ValueError, OverflowError):
        return None


def _end_by_count(parts: dict[bytes, bytes], start: datetime) -> CalendarDate | None:
    step_days = _STEP_DAYS.get(parts.get(b"FREQ", b""))
    if step_days is None or b"COUNT" not in parts:
        return None
    is_weekly = parts[b"FREQ"] == b"WEEKLY"
    if set(parts) - _HARMLESS_PARTS - ({b"BYDAY"} if is_weekly else set()):
        return None  # a BY part may let most steps pass without an occurrence
    if parts[b"FREQ"] in {b"MONTHLY", b"YEARLY"} and start.day > _LAST_DAY_OF_EVERY_MONTH:
        return None
    steps = int(parts[b"COUNT"][:12]) * int(parts.get(b"INTERVAL", b"1")[:12]) + is_weekly
    return CalendarDate(start + timedelta(days=step_days * max(steps, 0) + 1), is_zone_known=False, is_day=False)
