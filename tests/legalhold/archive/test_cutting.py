import io
import random as randomness
import tracemalloc
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legalhold.archive import ContentDigester, CutsUnusable, cut
from legalhold.archive.cutting import MAX_BYTES, MIB, MIN_BYTES, WHOLE_BYTES

NOISE = randomness.Random(11).randbytes(13 * MIB)
# load-bearing: other places would store every large file a second time
PINNED = [831478, 1208510, 455785, 1385890, 422568, 3034006, 482223, 1138971, 1183639, 1196622, 2239770, 52026]


class Trickle:
    """A stream that gives a few bytes at a time, as a pipe does."""

    def __init__(self, data, step):
        self._stream = io.BytesIO(data)
        self._step = step

    def read(self, count=-1):
        return self._stream.read(min(count, self._step))


def parts_of(data, cuts=()):
    return list(cut(io.BytesIO(data), cuts=cuts))


@pytest.mark.parametrize("size", [1, 1000, WHOLE_BYTES])
def test_small_content_is_one_part(size):
    assert parts_of(NOISE[:size]) == [NOISE[:size]]


def test_empty_content_has_no_parts():
    assert parts_of(b"") == []


def test_content_just_too_large_is_cut_once_more():
    parts = parts_of(bytes(WHOLE_BYTES + 1))

    assert [len(part) for part in parts] == [WHOLE_BYTES + 1]


def test_large_content_is_cut_where_it_always_was():
    parts = parts_of(NOISE)

    assert b"".join(parts) == NOISE
    assert [len(part) for part in parts] == PINNED
    assert all(MIN_BYTES <= len(part) <= MAX_BYTES for part in parts[:-1])


@pytest.mark.parametrize("tail", [0, 1, MIB])
def test_content_without_features_is_cut_at_the_largest_length(tail):
    lengths = [len(part) for part in parts_of(bytes(2 * MAX_BYTES + tail))]

    assert lengths == [MAX_BYTES, MAX_BYTES] + [tail] * bool(tail)


@pytest.mark.parametrize("step", [1000, 65_537, 3 * MIB])
def test_places_do_not_depend_on_how_the_stream_is_read(step):
    data = NOISE[: 6 * MIB]

    assert list(cut(Trickle(data, step))) == parts_of(data)


def test_parts_after_an_insertion_are_the_same_again():
    before, after = parts_of(NOISE), parts_of(NOISE[: 2 * MIB] + b"inserted" + NOISE[2 * MIB :])

    assert len(set(before) & set(after)) >= len(before) - 2


def test_pieces_between_cuts_are_cut_as_if_they_stood_alone():
    bounds = (0, 100, 100 + WHOLE_BYTES, 6 * MIB, len(NOISE))
    alone = [part for start, stop in pairwise(bounds) for part in parts_of(NOISE[start:stop])]

    assert parts_of(NOISE, bounds[1:-1]) == alone
    assert alone[:2] == [NOISE[:100], NOISE[100 : 100 + WHOLE_BYTES]]


def test_cuts_at_and_beyond_the_end_cut_nothing():
    assert parts_of(b"0123456789", (4, 10, 20)) == [b"0123", b"456789"]


@pytest.mark.parametrize("cuts", [(0,), (-1,), (5, 5), (7, 3)])
def test_cuts_that_do_not_ascend_are_refused(cuts):
    with pytest.raises(CutsUnusable, match=r"positive and ascending"):
        parts_of(b"0123456789", cuts)


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=300), cuts=st.sets(st.integers(1, 350)))
def test_parts_are_the_content_whatever_the_cuts(data, cuts):
    bounds = sorted(cuts)

    parts = parts_of(data, bounds)

    assert b"".join(parts) == data
    assert len(parts) == len([bound for bound in bounds if bound < len(data)]) + bool(data)


def test_memory_is_that_of_two_parts():
    class Zeros(io.RawIOBase):
        left = 40 * MIB

        def read(self, count=-1):
            count = min(count, self.left)
            self.left -= count
            return bytes(count)

    tracemalloc.start()
    for part in cut(Zeros()):
        assert part
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 5 * MAX_BYTES


def test_digests_of_a_content_are_those_of_its_bytes():
    digester = ContentDigester()
    for part in parts_of(NOISE[: 5 * MIB]):
        assert digester.add(part) == sha256(part).digest()

    assert digester.summary().digest == sha256(NOISE[: 5 * MIB]).digest()
