"""Zstandard as the archive's formats use it: level 3, one frame, never more out than was announced. Knows no format."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import zstandard

from legalhold.archive.errors import ArchiveError

LEVEL = 3
THREADS = 2


class CompressionBroken(ArchiveError):
    """Bytes aren't one Zstandard frame of the length announced."""


class _Codecs(threading.local):
    """Compressors can't be shared by threads, and making one costs more than a small part."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_codecs = _Codecs()


def compress(data: bytes) -> bytes:
    """Return the data compressed, or as it is if that isn't shorter: equal lengths say that nothing was compressed."""
    compressed = _codecs.compressor.compress(data)
    return compressed if len(compressed) < len(data) else data


def compress_all(parts: Sequence[bytes]) -> list[bytes]:
    """Compress parts on several threads; the result and its order don't depend on how many there are."""
    slices = [parts[start : start + -(-len(parts) // (2 * THREADS))] for start in _starts(len(parts))]
    return [data for done in _pool().map(_compress_slice, slices) for data in done]


def decompress(data: bytes, *, raw_length: int) -> bytes:
    """Return what `compress` was given. Raises CompressionBroken, before memory is taken for more than `raw_length`."""
    if len(data) == raw_length:
        return data
    try:
        # load-bearing: a length within the frame makes the library ignore max_output_size
        if zstandard.frame_content_size(data) != raw_length:
            raise CompressionBroken(f"its compressed bytes don't announce {raw_length} bytes")
        return _codecs.decompressor.decompress(data, max_output_size=raw_length, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise CompressionBroken(f"its bytes can't be decompressed ({error})") from error


def _starts(count: int) -> range:
    return range(0, count, max(1, -(-count // (2 * THREADS))))


def _compress_slice(parts: Sequence[bytes]) -> list[bytes]:
    return [compress(part) for part in parts]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="compress")


# A forked child has the pool but not its threads, and would wait for them for ever.
os.register_at_fork(after_in_child=_pool.cache_clear)
