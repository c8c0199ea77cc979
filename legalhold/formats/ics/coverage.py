"""The dates a calendar object could be judged by, first to last occurrence, without expanding a recurrence."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from legalhold.formats.components import Property
from legalhold.formats.coverage import LATEST, Coverage, Span
from legalhold.formats.ical_dates import CalendarDate, parse_calendar_date, parse_duration, rule_end

MAX_DATES = 10_000
_OCCURRENCE = ("DTSTART", "DTEND", "DUE", "COMPLETED", "RECURRENCE-ID")
_BOOKKEEPING = ("CREATED", "LAST-MODIFIED", "DTSTAMP")
_EXTRA = ("RDATE", "FREEBUSY")
_TELLING = {*_OCCURRENCE, *_BOOKKEEPING, *_EXTRA, "DURATION", "RRULE"}
_DAY = timedelta(days=1)
_NONE = timedelta(0)


def coverage_of(components: Iterable[Sequence[Property]]) -> Coverage:
    """Span every date of one UID's components; what can't be read or bounded is open."""
    span = Span()
    is_dated = False
    for component in components:
        by_name: dict[str, list[Property]] = defaultdict(list)
        for line in component:
            by_name[line.name].append(line)
            if not line.is_well_formed and line.name in _TELLING:
                span.open()
        for name in _BOOKKEEPING:
            _add_dates(span, by_name[name])
        is_dated = _add_occurrences(span, by_name) or is_dated
    if not is_dated:
        span.open()
    return span.coverage()


def _add_occurrences(span: Span, by_name: dict[str, list[Property]]) -> bool:
    is_dated = False
    for name in _OCCURRENCE:
        is_dated = _add_dates(span, by_name[name]) or is_dated
    starts = [date.at for line in by_name["DTSTART"] if (date := parse_calendar_date(line.value))]
    length = _length(span, by_name, starts)
    for start in starts:
        _add(span, start, length)
    if any(b"THISANDFUTURE" in line.parameters.upper() for line in by_name["RECURRENCE-ID"]):
        span.open()  # it moves every later occurrence
    _add_rules(span, by_name["RRULE"], starts, length)
    return _add_extra(span, [line for name in _EXTRA for line in by_name[name]], length) or is_dated


def _add_dates(span: Span, lines: Iterable[Property]) -> bool:
    found = False
    for line in lines:
        date = parse_calendar_date(line.value)
        if date is None:
            span.open()
            continue
        found = True
        _add(span, date.at, _DAY if date.is_day else _NONE, is_zone_known=date.is_zone_known)
    return found


def _add(span: Span, at: datetime, length: timedelta, *, is_zone_known: bool = False) -> None:
    span.add(at, is_zone_known=is_zone_known)
    if length:
        try:
            span.add(at + length, is_zone_known=is_zone_known)
        except OverflowError:
            span.open()


def _length(span: Span, by_name: dict[str, list[Property]], starts: Sequence[datetime]) -> timedelta:
    """How long one occurrence lasts at most."""
    lengths = [_NONE]
    for line in by_name["DURATION"]:
        duration = parse_duration(line.value)
        if duration is None:
            span.open()
        else:
            lengths.append(duration)
    ends = [date.at for line in by_name["DTEND"] + by_name["DUE"] if (date := parse_calendar_date(line.value))]
    # a day on either side, since start and end may be told in different zones
    lengths += [end - start + _DAY for start in starts for end in ends[:1]]
    return max(lengths)


def _add_rules(span: Span, rules: Iterable[Property], starts: Sequence[datetime], length: timedelta) -> None:
    for rule in rules:
        if not starts:
            span.open()
            continue
        last = rule_end(rule=rule.value, start=max(starts))
        if last is None or last.at >= LATEST:  # a far end is how some programs write none
            span.open_end()
        else:
            _add(span, last.at, length, is_zone_known=last.is_zone_known)


def _add_extra(span: Span, lines: Iterable[Property], length: timedelta) -> bool:
    values = [value for line in lines for value in line.value.split(b",", MAX_DATES)]
    if len(values) > MAX_DATES:
        span.open()
    found = False
    for value in values[:MAX_DATES]:
        found = _add_period(span, value, length) or found
    return found


def _add_period(span: Span, value: bytes, length: timedelta) -> bool:
    start_text, _, end_text = value.partition(b"/")
    start = parse_calendar_date(start_text)
    end: CalendarDate | timedelta | None = parse_duration(end_text) or parse_calendar_date(end_text)
    if start is None or (end_text and end is None):
        span.open()
        return False
    if isinstance(end, CalendarDate):
        span.add(end.at, is_zone_known=end.is_zone_known)
    lengths = [length, end if isinstance(end, timedelta) else _NONE, _DAY if start.is_day else _NONE]
    _add(span, start.at, max(lengths), is_zone_known=start.is_zone_known)
    return True
