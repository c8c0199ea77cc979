import pytest
from hypothesis import given
from hypothesis import strategies as st

from webdav.http.ranges import MAX_RANGES, ByteRange, RangeUnsatisfiable, read_ranges


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", [(0, 1)]),
        ("bytes=0-9", [(0, 10)]),
        ("bytes=0-999", [(0, 10)]),
        ("bytes=4-", [(4, 10)]),
        ("bytes=-3", [(7, 10)]),
        ("bytes=-99", [(0, 10)]),
        ("BYTES = 1-2", [(1, 3)]),
        ("bytes=0-1, 4-5 ,\t8-", [(0, 2), (4, 6), (8, 10)]),
        ("bytes=0-1,20-30", [(0, 2)]),
    ],
)
def test_ranges_are_read(header, expected):
    assert read_ranges(header, size=10) == tuple(ByteRange(*pair) for pair in expected)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-2",
        "bytes=1-2,",
        "bytes=1-2;3-4",
        "items=0-1",
        "bytes=+1-2",
        "bytes=0-9,0-9",
        "bytes=\u0661-2",
        "bytes=0-1,x",
        "bytes=" + ",".join(["0-0"] * (MAX_RANGES + 1)),
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_ranges_that_are_not_ranges_or_ask_too_much_are_ignored(header):
    assert read_ranges(header, size=10) == ()


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=10-20,30-", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
)
def test_ranges_beyond_the_end_are_unsatisfiable(header, size):
    with pytest.raises(RangeUnsatisfiable):
        read_ranges(header, size=size)


def test_sixteen_ranges_are_read():
    assert len(read_ranges("bytes=" + ",".join(f"{at}-{at}" for at in range(MAX_RANGES)), size=100)) == 16


@given(st.one_of(st.text(max_size=40), st.from_regex(r"bytes=[0-9,\- ]{0,30}", fullmatch=True)), st.integers(0, 50))
def test_any_header_gives_ranges_inside_the_size(header, size):
    try:
        ranges = read_ranges(header, size=size)
    except RangeUnsatisfiable:
        return

    assert all(0 <= r.start < r.stop <= size for r in ranges)
    assert sum(r.length for r in ranges) <= size
