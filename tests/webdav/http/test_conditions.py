from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webdav.http.conditions import http_date, judge, may_send_ranges

AT = datetime(2026, 3, 1, 10, 20, 30, 999, tzinfo=UTC)
SAME, BEFORE, AFTER = (
    "Sun, 01 Mar 2026 10:20:30 GMT",
    "Sun, 01 Mar 2026 10:20:29 GMT",
    "Sun, 01 Mar 2026 10:20:31 -0000",
)


def test_http_date_is_in_gmt():
    assert http_date(AT) == SAME


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "proceed"),
        ({"if-match": '"e"'}, "proceed"),
        ({"if-match": '"x", "e"'}, "proceed"),
        ({"if-match": "*"}, "proceed"),
        ({"if-match": 'W/"e"'}, "failed"),
        ({"if-match": "e"}, "failed"),
        ({"if-match": '"x"', "if-none-match": '"e"'}, "failed"),
        ({"if-match": '"e"', "if-unmodified-since": BEFORE}, "proceed"),
        ({"if-unmodified-since": SAME}, "proceed"),
        ({"if-unmodified-since": BEFORE}, "failed"),
        ({"if-unmodified-since": "yesterday"}, "proceed"),
        ({"if-none-match": '"e"'}, "not modified"),
        ({"if-none-match": 'W/"e"'}, "not modified"),
        ({"if-none-match": "*"}, "not modified"),
        ({"if-none-match": '"x"', "if-modified-since": AFTER}, "proceed"),
        ({"if-modified-since": SAME}, "not modified"),
        ({"if-modified-since": AFTER}, "not modified"),
        ({"if-modified-since": BEFORE}, "proceed"),
        ({"if-modified-since": ""}, "proceed"),
    ],
)
def test_conditions_in_their_order(headers, expected):
    assert judge(headers, etag="e", modified_at=AT) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, True),
        ({"if-range": '"e"'}, True),
        ({"if-range": ' "e" '}, True),
        ({"if-range": '"x"'}, False),
        ({"if-range": 'W/"e"'}, False),
        ({"if-range": SAME}, False),
    ],
)
def test_ranges_are_sent_only_of_the_content_the_client_knows(headers, expected):
    assert may_send_ranges(headers, etag="e") is expected


@given(st.text(max_size=40))
def test_any_header_is_judged(text):
    headers = {"if-modified-since": text, "if-unmodified-since": text}

    assert judge(headers, etag="e", modified_at=AT) in {"proceed", "not modified", "failed"}
