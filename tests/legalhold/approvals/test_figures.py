from __future__ import annotations

from datetime import timedelta

import pytest

from legalhold.approvals.figures import count, length, size


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (1_234_567, "1.2 MB"),
        (5_000_000_000, "5.0 GB"),
        (7 * 10**12, "7.0 TB"),
        (12_345 * 10**15, "12,345.0 PB"),
    ],
)
def test_size_is_short(size_bytes, text):
    assert size(size_bytes) == text


def test_count_has_separators_and_a_noun():
    assert count(1_234_567) == "1,234,567"
    assert (count(0, "item"), count(1, "item"), count(2_000, "item")) == ("0 items", "1 item", "2,000 items")
    assert count(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (1, "1 s"), (90, "90 s"), (120, "2 minutes"), (3_600, "1 hour"), (129_600, "36 hours"), (604_800, "7 days")],
)  # fmt: skip
def test_length_is_in_the_largest_unit_that_divides_it(seconds, text):
    assert length(timedelta(seconds=seconds)) == text
