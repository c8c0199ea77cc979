"""Cuts a content into parts, always at the same places: equal bytes give equal parts. Knows no format and no digest.

A content is one part while it is small; a larger one is cut by FastCDC, which finds the same places after an insertion.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from pyfastcdc import FastCDC

from legalhold.archive.errors import ArchiveError

MIB = 1024 * 1024
WHOLE_BYTES = MIB
MIN_BYTES, AVERAGE_BYTES, MAX_BYTES = MIB // 4, MIB, 4 * MIB


class CutsUnusable(ArchiveError):
    """Places to cut at must be positive and ascending."""


def cut(source: BinaryIO, *, cuts: Sequence[int] = ()) -> Iterator[bytes]:
    """Yield a content's parts; none for an empty one. Takes memory for two parts.

    `cuts` are offsets at which a part must end; the bytes between two of them are cut as if they stood alone.
    Raises CutsUnusable.
    """
    bounds = (0, *cuts)
    if any(stop <= start for start, stop in zip(bounds, cuts, strict=False)):
        raise CutsUnusable(f"cuts must be positive and ascending, not {tuple(cuts)[:10]}")
    for start, stop in zip(bounds, cuts, strict=False):
        yield from _cut_piece(_limited(source, stop - start))
    yield from _cut_piece(source.read)


def _cut_piece(read: Callable[[int], bytes]) -> Iterator[bytes]:
    buffer = bytearray()
    if _fill(buffer, read, WHOLE_BYTES + 1) <= WHOLE_BYTES:
        if buffer:
            yield bytes(buffer)
        return
    chunker = FastCDC(AVERAGE_BYTES, min_size=MIN_BYTES, max_size=MAX_BYTES, normalized_chunking=1)
    while _fill(buffer, read, MAX_BYTES):
        length = _first_length(chunker, bytes(buffer))
        yield bytes(buffer[:length])
        del buffer[:length]


def _first_length(chunker: FastCDC, data: bytes) -> int:
    """Return the length of the first part; it depends on no byte after the first MAX_BYTES."""
    length: int = next(chunker.cut_buf(data)).length
    return length


def _fill(buffer: bytearray, read: Callable[[int], bytes], target: int) -> int:
    """Read until the buffer holds `target` bytes or the content has ended; return how many it holds."""
    while len(buffer) < target:
        data = read(target - len(buffer))
        if not data:
            break
        buffer += data
    return len(buffer)


def _limited(source: BinaryIO, limit: int) -> Callable[[int], bytes]:
    remaining = limit

    def read(count: int) -> bytes:
        nonlocal remaining
        data = source.read(min(count, remaining))
        remaining -= len(data)
        return data

    return read
