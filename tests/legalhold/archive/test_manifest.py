import random as randomness
import tracemalloc
from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legalhold.archive import (
    AddedRow,
    ClosedRow,
    ListedFolder,
    ManifestDamaged,
    SnapshotManifest,
    decode_manifest,
    encode_manifest,
)
from legalhold.archive.manifest.encoding import RowTooLong
from legalhold.archive.manifest.rows import CHUNK_HEADER, MOST_PARTS_INLINE, RECORD, Record

SNAPSHOT = SnapshotManifest(
    source_key="5f8c2e1e-0000-4000-8000-000000000001",
    sequence=3,
    taken_at=1_772_452_800_000_000,
    state="complete",
    closes_at=2,
    custody={"collected_by": "Anna Ödegård", "method": "mbox"},
    ledger={"found": 3, "captured": 2},
)


def added(number, **changes):
    digest = sha256(b"%d" % number).digest()
    row = AddedRow(b"Inbox", b"key%d" % number, b"name\xff", 1, -5, None, 2000, digest, 2**32 - 1, (digest,), ())
    return row._replace(**changes)


ROWS = [
    added(1),
    added(2, item_from=None, item_to=2**62, exceptions=("PARSE_ERROR", "TRUNCATED_BASE64")),
    added(3, folder=b"Sent/2024", parts=(b"a" * 32, b"b" * 32)),
    added(4, folder=b"Sent/2024", parts=(), size_bytes=0),
    added(5, folder=b"", item_key=b"", name=b"", parts=None, size_bytes=2**40),
    added(6, flags=b"cur:2,RS"),
]
LISTED = [b"", b"Inbox", b"Sent/2024"]
CLOSED = [ClosedRow(b"Inbox", b"old", 1), ClosedRow(b"Inbox", b"", 2), ClosedRow(b"Gone\xff", b"x", 1)]
WHOLE = [SNAPSHOT, *map(ListedFolder, LISTED), *ROWS, *CLOSED]


def chunks_of(**changes):
    return list(
        encode_manifest(**({"snapshot": SNAPSHOT, "listed": LISTED, "added": ROWS, "closed": CLOSED} | changes))
    )


@pytest.mark.parametrize("chunk_bytes", [400, 500, 700, 4 * 1024 * 1024])
def test_manifest_is_read_back(chunk_bytes):
    chunks = chunks_of(chunk_bytes=chunk_bytes)

    assert list(decode_manifest(chunks)) == WHOLE
    assert all(len(chunk) <= chunk_bytes for chunk in chunks)
    assert (len(chunks) == 1) == (chunk_bytes > 700)


def test_equal_rows_give_equal_chunks():
    first, second = chunks_of(), chunks_of()

    assert first == second


def test_very_many_listed_folders_fill_chunks():
    listed = [b"folder %d" % number for number in range(200)]

    chunks = chunks_of(listed=listed, chunk_bytes=500)

    assert [row.folder for row in decode_manifest(chunks) if isinstance(row, ListedFolder)] == listed


def test_manifest_without_rows_is_read_back():
    assert list(decode_manifest(encode_manifest(snapshot=SNAPSHOT))) == [SNAPSHOT]


def test_very_many_parts_are_left_to_the_recipe():
    digests = tuple(sha256(b"%d" % number).digest() for number in range(MOST_PARTS_INLINE + 1))

    _, most, more = decode_manifest(
        encode_manifest(snapshot=SNAPSHOT, added=[added(1, parts=digests[1:]), added(2, parts=digests)])
    )

    assert most.parts == digests[1:]
    assert more.parts is None


def test_end_goes_into_a_chunk_of_its_own_when_the_last_is_full():
    size = len(chunks_of()[0])

    counts = [len(chunks_of(chunk_bytes=limit)) for limit in (size, size - 1, size - 33, size - 34)]

    assert counts == [1, 2, 2, 2]
    for limit in (size - 1, size - 33, size - 34):
        assert list(decode_manifest(chunks_of(chunk_bytes=limit))) == WHOLE


def test_row_longer_than_a_chunk_is_refused():
    with pytest.raises(RowTooLong, match=r"doesn't fit a manifest's chunk of 500"):
        chunks_of(added=[added(1, name=b"n" * 600)], chunk_bytes=500)


def peak_bytes(count):
    tracemalloc.start()
    chunks = encode_manifest(snapshot=SNAPSHOT, added=(added(number) for number in range(count)), chunk_bytes=20_000)
    assert sum(1 for _ in decode_manifest(chunks)) == count + 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_is_that_of_a_chunk_however_many_rows_there_are():
    few = peak_bytes(2_000)

    assert peak_bytes(10_000) < 2 * few  # all chunks together take 940,000 bytes


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.builds(
            AddedRow,
            folder=st.binary(max_size=20),
            item_key=st.binary(max_size=20),
            name=st.binary(max_size=20),
            kind=st.integers(0, 255),
            item_from=st.none() | st.integers(-(2**63), 2**63 - 1),
            item_to=st.none() | st.integers(-(2**63), 2**63 - 1),
            size_bytes=st.integers(0, 2**63),
            content_digest=st.binary(min_size=32, max_size=32),
            crc32=st.integers(0, 2**32 - 1),
            parts=st.none() | st.lists(st.binary(min_size=32, max_size=32), max_size=3).map(tuple),
            exceptions=st.lists(st.from_regex(r"[A-Z_]{1,9}", fullmatch=True), max_size=3).map(tuple),
            flags=st.binary(max_size=20),
        ),
    ),
    closed=st.lists(st.builds(ClosedRow, st.binary(max_size=20), st.binary(max_size=20), st.integers(0, 2**63))),
    listed=st.lists(st.binary(max_size=20)),
)
def test_any_rows_are_read_back(rows, closed, listed):
    chunks = encode_manifest(snapshot=SNAPSHOT, listed=listed, added=rows, closed=closed, chunk_bytes=700)

    assert list(decode_manifest(chunks)) == [SNAPSHOT, *map(ListedFolder, listed), *rows, *closed]


def records(*each):
    header = CHUNK_HEADER.pack(b"LHMF", 1, 0, 0, 0)
    return header + b"".join(RECORD.pack(kind, len(body)) + body for kind, body in each)


@pytest.mark.parametrize(
    ("chunks", "reason"),
    [
        ([], "has 0 chunks and no end"),
        (chunks_of(chunk_bytes=500)[:-1], "chunks and no end"),
        (chunks_of(chunk_bytes=500)[1:], "chunk 0 at byte 0: it isn't this chunk"),
        (chunks_of(chunk_bytes=500)[::-1], "chunk 0 at byte 0"),
        ([*chunks_of(), chunks_of()[0]], "chunk 1 follows the manifest's end"),
        ([chunks_of()[0] + chunks_of()[0][12:]], "nothing follows its end"),
        ([chunks_of()[0][:-1]], "goes beyond the chunk's end"),
        ([chunks_of()[0] + b"\1"], "chunk 0 at byte"),
        ([b""], "chunk 0 at byte 0"),
        ([records((Record.FOLDER, b"x"))], "begins with its snapshot"),
        ([records((Record.SNAPSHOT, b"{ }"))], "not in canonical form"),
        ([records((Record.SNAPSHOT, b"{}"))], "missing 7 required"),
        ([records((Record.SNAPSHOT, b"[]"))], "chunk 0 at byte 12"),
        ([records((99, b""))], "99 is not a valid Record"),
    ],
)
def test_chunks_that_are_no_whole_manifest_are_refused(chunks, reason):
    with pytest.raises(ManifestDamaged, match=reason):
        list(decode_manifest(chunks))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ((Record.ADDED, b"x" * 100), "a row has no folder"),
        ((Record.END, b""), "requires a buffer|chunk 0"),
        ((Record.END, bytes(28)), "announces other numbers"),
    ],
)
def test_record_that_cannot_stand_there_is_refused(record, reason):
    whole = chunks_of(listed=(), added=(), closed=())[0]
    chunk = whole[:-33] + RECORD.pack(record[0], len(record[1])) + record[1]

    with pytest.raises(ManifestDamaged, match=reason):
        list(decode_manifest([chunk]))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ((Record.ADDED, b"x" * 20), "chunk 0 at byte"),
        ((Record.ADDED, bytes(46 + 31)), "has 77 bytes instead of"),
        ((Record.ADDED, b"\x10" + bytes(45 + 30)), "has 76 bytes instead of"),
        ((Record.CLOSED, b"\0\0\0\5" + bytes(8) + b"1234"), "has 16 bytes instead of 17"),
    ],
)
def test_row_of_another_length_is_refused(record, reason):
    whole = chunks_of(listed=(), added=(), closed=())[0]
    folder = RECORD.pack(Record.FOLDER, 1) + b"f"
    chunk = whole[:-33] + folder + RECORD.pack(record[0], len(record[1])) + record[1]

    with pytest.raises(ManifestDamaged, match=reason):
        list(decode_manifest([chunk]))


def test_random_changes_are_refused_or_change_nothing_but_rows():
    """Chunks are sealed as parts; this only shows that nothing but ManifestDamaged is ever raised."""
    whole = chunks_of()[0]
    source = randomness.Random(4)
    for _ in range(3000):
        data = bytearray(whole)
        data[source.randrange(len(data))] ^= 1 << source.randrange(8)
        with suppress(ManifestDamaged):
            list(decode_manifest([bytes(data)]))
