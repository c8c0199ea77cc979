import multiprocessing
import random as randomness

import pytest

from legalhold.archive.compression import CompressionBroken, compress, compress_all, decompress

PARTS = [randomness.Random(number).randbytes(50) + b"a" * number for number in range(40)]


def test_parts_come_back_in_their_order():
    assert compress_all(PARTS) == [compress(part) for part in PARTS]
    assert [
        decompress(data, raw_length=len(part)) for data, part in zip(compress_all(PARTS), PARTS, strict=True)
    ] == PARTS


def test_what_does_not_shrink_is_left_as_it_is():
    noise = randomness.Random(1).randbytes(500)

    assert compress(noise) is noise
    assert compress(b"") == b""


@pytest.mark.parametrize("raw_length", [0, 99, 101, 2**32 - 1])
def test_other_length_is_refused(raw_length):
    with pytest.raises(CompressionBroken):
        decompress(compress(bytes(100)), raw_length=raw_length)


def test_frame_with_a_broken_body_is_refused():
    data = bytearray(compress(b"abc" * 100))
    data[-1] ^= 0xFF
    with pytest.raises(CompressionBroken):
        decompress(bytes(data[:-3]), raw_length=300)


def test_forked_child_compresses_too():
    compress_all(PARTS)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(compress_all, (PARTS,)) == compress_all(PARTS)
