from datetime import UTC, datetime

import pytest

from legalhold.formats.coverage import OPEN, Coverage
from legalhold.formats.ics import coverage as coverage_module
from legalhold.formats.ics import read_calendar


def calendar(*lines):
    return b"BEGIN:VCALENDAR\r\n" + b"".join(line + b"\r\n" for line in lines) + b"END:VCALENDAR\r\n"


def event(*lines):
    return calendar(b"BEGIN:VEVENT", b"UID:1", *lines, b"END:VEVENT")


def span(*lines):
    return read_calendar(event(*lines)).coverage


def utc(*fields):
    return datetime(*fields, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([b"DTSTART:20240314T090000Z"], Coverage(utc(2024, 3, 13, 19), utc(2024, 3, 14, 21))),
        (
            [b"DTSTART:20240314T090000Z", b"DTEND:20240316T090000Z"],
            Coverage(utc(2024, 3, 13, 19), utc(2024, 3, 17, 21)),
        ),
        ([b"SUMMARY:no date"], OPEN),
        ([b"DTSTAMP:20240314T090000Z"], OPEN),
        ([b"DTSTART:soon"], OPEN),
        ([b"DTSTART:20240314T090000Z", b"CREATED:20200101T000000Z"], Coverage(utc(2020, 1, 1), utc(2024, 3, 14, 21))),
        ([b"DTSTART;VALUE=DATE:20240314"], Coverage(utc(2024, 3, 13, 10), utc(2024, 3, 15, 12))),
        ([b"DTSTART:20240314T090000Z", b"DURATION:P2D"], Coverage(utc(2024, 3, 13, 19), utc(2024, 3, 16, 21))),
        ([b"DTSTART:20240314T090000Z", b"DURATION:long"], OPEN),
        ([b"DTSTART:20240314T090000Z", b"RRULE:FREQ=DAILY"], Coverage(utc(2024, 3, 13, 19), None)),
        ([b"RRULE:FREQ=DAILY;COUNT=2", b"DTEND:20240314T090000Z"], OPEN),
        ([b"DTSTART:20240314T090000Z", b"RECURRENCE-ID;RANGE=THISANDFUTURE:20240314T090000Z"], OPEN),
        (
            [b"DTSTART:20240314T090000Z", b"RDATE:20240401T090000Z,20240501T090000Z"],
            Coverage(utc(2024, 3, 13, 19), utc(2024, 5, 1, 9)),
        ),
        (
            [b"DTSTART:20240314T090000Z", b"RDATE;VALUE=PERIOD:20240401T090000Z/20240601T090000Z"],
            Coverage(utc(2024, 3, 13, 19), utc(2024, 6, 1, 9)),
        ),
        (
            [b"DTSTART:20240314T090000Z", b"RDATE;VALUE=PERIOD:20240401T090000Z/P30D"],
            Coverage(utc(2024, 3, 13, 19), utc(2024, 5, 1, 9)),
        ),
        ([b"RDATE;VALUE=DATE:20240401"], Coverage(utc(2024, 3, 31, 10), utc(2024, 4, 2, 12))),
        ([b"DTSTART:20240314T090000Z", b"RDATE:sometime"], OPEN),
        ([b"DTSTART:20240314T090000Z", b"RDATE:20240314T090000Z/later"], OPEN),
        ([b"DTSTART:99991231T090000Z", b"DURATION:P999999D"], OPEN),
        ([b"DTSTAMP:20200101T000000Z", b"DTSTART:16010101T000000"], OPEN),
        (
            [b"DTSTART:20240314T090000Z", b"RRULE:FREQ=DAILY;UNTIL=99991231T000000Z"],
            Coverage(utc(2024, 3, 13, 19), None),
        ),
        ([b"DTSTART:20240314T090000Z", b"RRULE:FREQ=DAILY;UNTIL=16010101T000000Z"], OPEN),
    ],
)
def test_coverage(lines, expected):
    assert span(*lines) == expected


@pytest.mark.parametrize(
    "lines",
    [
        [b'DTSTART;TZID="Europe/Berlin:20200101T100000', b"DTEND:20240101T000000Z"],
        [b"DTSTART :20200101T100000", b"DUE:20240101T000000Z"],
        [b"DTSTART 20200101T100000", b"DUE:20240101T000000Z"],
        [b"DTSTART:20240101T100000Z", b'RRULE;X="a:FREQ=DAILY'],
        [b"DTSTART:20240101T100000Z", b'RDATE;X="a:20250101T100000Z'],
        [b"DTSTART:20240101T100000Z", b'CREATED;X="a:20200101T100000Z'],
        [b"DTSTART:20240101T100000Z", b"\tRRULE:FREQ=YEARLY"],
    ],
)
def test_coverage_is_opened_by_a_malformed_line(lines):
    assert span(*lines) == OPEN


def test_coverage_counts_a_malformed_line_of_another_name_for_nothing():
    dated = b"DTSTART:20240314T090000Z"

    assert span(dated, b'SUMMARY;X="a:text', b"X-NOTE", b"(none)") == span(dated)


def test_coverage_of_a_rule_behind_a_lone_carriage_return():
    assert span(b"DTSTART:20240101T100000Z\rRRULE:FREQ=YEARLY") == Coverage(utc(2023, 12, 31, 20), None)


def test_coverage_of_lines_that_end_in_two_carriage_returns():
    data = event(b"DTSTART:20240314T0900", b" 00Z", b"RRULE:FREQ=YEARLY").replace(b"\r\n", b"\r\r\n")

    assert read_calendar(data).coverage == Coverage(utc(2024, 3, 13, 19), None)


def test_coverage_counts_a_published_busy_time():
    data = calendar(
        b"BEGIN:VFREEBUSY", b"UID:1", b"DTSTART:20240101T000000Z", b"FREEBUSY:20250101T000000Z/PT1H", b"END:VFREEBUSY"
    )

    assert read_calendar(data).coverage.item_to == utc(2025, 1, 1, 1)


def test_coverage_of_a_counted_series_reaches_past_its_last():
    covered = span(b"DTSTART:20240314T090000Z", b"DTEND:20240314T100000Z", b"RRULE:FREQ=DAILY;COUNT=5")

    assert covered.item_from == utc(2024, 3, 13, 19)
    assert utc(2024, 3, 18, 10) <= covered.item_to < utc(2024, 3, 23)


def test_coverage_of_more_dates_than_are_read(monkeypatch):
    monkeypatch.setattr(coverage_module, "MAX_DATES", 3)

    assert span(b"DTSTART:20240314T090000Z", b"RDATE:" + b",".join([b"20240314T090000Z"] * 5)) == OPEN
