"""The reader of parts: bounded, safe for threads, and plain about a pack that is gone."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

from legalhold.archive import (
    ObjectMissing,
    PartReader,
)
from tests.packed import data_part


class CountingStore:
    """A store that counts its reads."""

    def __init__(self, store):
        self._store = store
        self.reads = 0

    def read(self, **arguments):
        self.reads += 1
        return self._store.read(**arguments)

    def __getattr__(self, name):
        return getattr(self._store, name)


def test_part_reader_keeps_keys_and_parts_within_bounds(store, keys, write_pack):
    name, entries = write_pack(data_part(b"a" * 60), data_part(b"b" * 60), data_part(b"c" * 200))
    counting = CountingStore(store)
    parts = PartReader(counting, keys, cache_bytes=100)

    reads = []
    for entry in (entries[0], entries[0], entries[1], entries[1], entries[0], entries[2], entries[2]):
        assert len(parts.read(pack=name, entry=entry)) == entry.raw_length
        reads.append(counting.reads)

    # the trailer is read once; two parts of 60 bytes don't fit together, one of 200 never does
    assert reads == [2, 2, 3, 3, 4, 5, 6]


def test_part_reader_tells_a_pack_that_is_gone(store, keys, write_pack):
    name, entries = write_pack(data_part(b"a" * 60), data_part(b"b" * 60))
    parts = PartReader(store, keys)
    parts.read(pack=name, entry=entries[0])
    store.delete(name=name)

    with pytest.raises(ObjectMissing, match=name):
        parts.read(pack=name, entry=entries[1])
    with pytest.raises(ObjectMissing, match=name):
        PartReader(store, keys).read(pack=name, entry=entries[0])


def test_part_reader_is_safe_for_threads(store, keys, write_pack):
    written = [write_pack(*(data_part(b"%d %d " % (pack, part) * 100) for part in range(20))) for pack in range(3)]
    wanted = [(name, entry) for name, entries in written for entry in entries] * 10
    parts = PartReader(store, keys, cache_bytes=3000)

    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda each: parts.read(pack=each[0], entry=each[1]), wanted))

    assert [sha256(data).digest() for data in read] == [entry.digest for _, entry in wanted]
