from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalhold.formats.coverage import AHEAD, BEHIND, OPEN, Coverage, Span
from legalhold.formats.ical_dates import parse_calendar_date, parse_duration, rule_end
from legalhold.formats.mail_dates import parse_mail_date

AT = datetime(2024, 3, 14, 8, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "at", "is_zone_known"),
    [
        (b"Thu, 14 Mar 2024 09:32:00 +0100", AT, True),
        (b"14 Mar 2024 03:32 -0500", AT.replace(second=0), True),
        (b" Thu,\r\n 14 March 2024 08:32:00 GMT (comment)", AT, True),
        (b"Thu, 14 Mar 2024 08:32:60 +0000", AT.replace(second=59), True),
        (b"Thu, 14 Mar 24 08:32:00 +0000", AT, True),
        (b"Thu Mar 14 08:32:00 2024", AT, False),
        (b"Thu, 14 Mar 2024 08:32:00 XYZ", AT, False),
        (b"Thu, 14 Mar 2024 08:32:00 EST", AT.replace(hour=13), False),
        (b"Thu, 14 Mar 2024 08:32:00 CST", AT.replace(hour=14), False),
        (b"Thu, 14 Mar 2024 08:32:00 CST (+0800)", AT.replace(hour=14), False),
        (b"Thu, 14 Mar 2024 08:32:00 GMT+0100 (CET)", AT, False),
        (b"Thu, 14 Mar 2024 08:32:00 GMT +0100", AT, False),
        (b"Thu, 14 Mar 2024 08:32:00 gmt", AT, True),
        (b"Thu, 14 Mar 2024 08:32:00 UT", AT, True),
        (b"Thu, 14 Mar 2024 08:32:00 Z", AT, True),
        (b"14-Mar-2024 09:32:00 +0100", AT, True),
        (b"Thu, 14 Mar 2024 23:32:00 +1500", AT, False),
        (b"Thu, 14-Mar-2024 23:32:00 +1500", AT, False),
        (b"Thu, 14 Mar 2024 08:32:00", AT, False),
        (b"Thu Mar 14 08:32:00 2024 +0000", AT, True),
    ],
)
def test_mail_date(value, at, is_zone_known):
    date = parse_mail_date(value)

    assert (date.at, date.is_zone_known) == (at, is_zone_known)


def test_wall_clock_is_what_is_written():
    for zone in (b"", b" +0100", b" CST", b" GMT"):
        assert parse_mail_date(b"Thu, 14 Mar 2024 08:32:00" + zone).wall == AT


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"yesterday",
        b"Thu, 14 Foo 2024 09:32:00 +0100",
        b"31 Feb 2024 09:32:00 +0000",
        b"1 Jan 0000 00:00:00 +0000",
        b"31 Dec 9999 23:00:00 -2359",
        b"1 Jan 0001 00:00:00 +2359",
    ],
)
def test_mail_date_that_is_none(value):
    assert parse_mail_date(value) is None


@given(st.binary(max_size=250))
def test_mail_date_never_raises(value):
    parse_mail_date(value)


def test_span_of_nothing_is_open():
    assert Span().coverage() == OPEN


def test_span_of_dates():
    span = Span()
    for days in (3, 1, 2):
        span.add(AT + timedelta(days=days))

    assert span.coverage() == Coverage(AT + timedelta(days=1), AT + timedelta(days=3))


def test_span_without_zone_is_wider():
    span = Span()
    span.add(AT, is_zone_known=False)

    assert span.coverage() == Coverage(AT - AHEAD, AT + BEHIND)


@pytest.mark.parametrize("year", [1601, 1904, 1970, 2101, 2567])
def test_span_is_opened_by_an_implausible_date(year):
    span = Span()
    span.add(AT)
    span.add(datetime(year, 6, 1, tzinfo=UTC))

    assert span.coverage() == OPEN


def test_span_stays_open():
    ended, opened = Span(), Span()
    ended.open_end()
    opened.open()
    for span in (ended, opened):
        span.add(AT)

    assert ended.coverage() == Coverage(AT, None)
    assert opened.coverage() == OPEN


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"20240314T083200Z", (AT, True, False)),
        (b"20240314T083200", (AT, False, False)),
        (b"2024-03-14T08:32:00Z", (AT, True, False)),
        (b"20240314T0832", (AT, False, False)),
        (b"20240314", (AT.replace(hour=0, minute=0), False, True)),
        (b" 20240314T083260Z ", (AT.replace(second=59), True, False)),
    ],
)
def test_calendar_date(value, expected):
    date = parse_calendar_date(value)

    assert (date.at, date.is_zone_known, date.is_day) == expected


@pytest.mark.parametrize("value", [b"", b"tomorrow", b"20240231", b"00000101", b"20240314T250000Z", b"202403141"])
def test_calendar_date_that_is_none(value):
    assert parse_calendar_date(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"PT15M", timedelta(minutes=15)),
        (b"P1W", timedelta(weeks=1)),
        (b"P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        (b"-PT1H", timedelta(hours=-1)),
        (b"+pt1h", timedelta(hours=1)),
        (b"P", None),
        (b"PT", None),
        (b"1H", None),
        (b"P99999999D", None),
    ],
)
def test_duration(value, expected):
    assert parse_duration(value) == expected


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (b"FREQ=DAILY;COUNT=5", 6),
        (b"FREQ=DAILY;COUNT=5;INTERVAL=2", 11),
        (b"freq=weekly;count=3;byday=MO,WE;WKST=MO", 29),
        (b"FREQ=MONTHLY;COUNT=2", 63),
        (b"FREQ=YEARLY;COUNT=1", 367),
        (b"FREQ=HOURLY;COUNT=24", 2),
        (b"FREQ=DAILY;COUNT=0", 1),
    ],
)
def test_rule_end_by_count(rule, days):
    assert rule_end(rule=rule, start=AT).at == AT + timedelta(days=days)


def test_rule_end_by_until():
    assert rule_end(rule=b"FREQ=DAILY;UNTIL=20240401T000000Z", start=AT).at == datetime(2024, 4, 1, tzinfo=UTC)
    assert rule_end(rule=b"FREQ=DAILY;UNTIL=20240401", start=AT).at == datetime(2024, 4, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "rule",
    [
        b"",
        b"FREQ=DAILY",
        b"FREQ=NEVER;COUNT=2",
        b"FREQ=DAILY;COUNT=many",
        b"FREQ=DAILY;COUNT=99999999999",
        b"FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
        b"FREQ=MONTHLY;BYDAY=1MO;COUNT=2",
        b"FREQ=DAILY;UNTIL=later",
        b"FREQ=DAILY;COUNT=2;X=" + b"x" * 5000,
    ],
)
def test_rule_without_provable_end(rule):
    assert rule_end(rule=rule, start=AT) is None


def test_rule_on_a_day_that_months_lack_has_no_provable_end():
    assert rule_end(rule=b"FREQ=YEARLY;COUNT=2", start=datetime(2024, 2, 29, tzinfo=UTC)) is None
    assert rule_end(rule=b"FREQ=DAILY;COUNT=2", start=datetime(2024, 2, 29, tzinfo=UTC)) is not None
