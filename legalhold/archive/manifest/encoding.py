"""Writes a manifest in chunks, row by row; holds one chunk in memory, however many rows there are."""

from collections.abc import Iterable, Iterator

from legalhold.archive.canonical import canonical_json
from legalhold.archive.errors import ArchiveError
from legalhold.archive.manifest.rows import (
    ADDED,
    CHUNK_HEADER,
    CLOSED,
    END,
    FORMAT_VERSION,
    MAGIC,
    MAX_CHUNK_BYTES,
    MOST_PARTS_INLINE,
    RECORD,
    AddedRow,
    ClosedRow,
    Flag,
    Record,
    SnapshotManifest,
)


class RowTooLong(ArchiveError):
    """A row alone is longer than a chunk."""


def encode_manifest(
    *,
    snapshot: SnapshotManifest,
    listed: Iterable[bytes] = (),
    added: Iterable[AddedRow] = (),
    closed: Iterable[ClosedRow] = (),
    chunk_bytes: int = MAX_CHUNK_BYTES,
) -> Iterator[bytes]:
    """Yield the chunks of a manifest, each at most `chunk_bytes` long. Equal rows in equal order give equal chunks.

    Rows of one folder should follow each other: a folder's path is written when it changes. Raises RowTooLong.
    """
    writer = _Chunks(chunk_bytes)
    yield from writer.add(Record.SNAPSHOT, _encode_snapshot(snapshot))
    for folder in listed:
        yield from writer.add(Record.LISTED, folder)
    for row in added:
        yield from writer.add_in_folder(row.folder, Record.ADDED, _encode_added(row))
    for gone in closed:
        body = CLOSED.pack(len(gone.item_key), gone.first_seen) + gone.item_key
        yield from writer.add_in_folder(gone.folder, Record.CLOSED, body)
    yield from writer.end()


class _Chunks:
    """Collects records and gives a chunk whenever the next record wouldn't fit."""

    def __init__(self, chunk_bytes: int) -> None:
        self._chunk_bytes = chunk_bytes
        self._ordinal = 0
        self._counts = dict.fromkeys(Record, 0)
        self._folder: bytes | None = None
        self._buffer = self._begin()

    def add(self, record: Record, body: bytes) -> Iterator[bytes]:
        data = RECORD.pack(record, len(body)) + body
        if len(self._buffer) + len(data) > self._chunk_bytes:
            yield self._cut()
        self._put(record, data)

    def add_in_folder(self, folder: bytes, record: Record, body: bytes) -> Iterator[bytes]:
        """Add a row after its folder, in the same chunk: every chunk can be read without the others."""
        data = RECORD.pack(record, len(body)) + body
        place = RECORD.pack(Record.FOLDER, len(folder)) + folder
        new = len(data) + (0 if folder == self._folder else len(place))
        if len(self._buffer) + new > self._chunk_bytes:
            yield self._cut()
        if folder != self._folder:
            self._put(Record.FOLDER, place)
            self._folder = folder
        self._put(record, data)

    def end(self) -> Iterator[bytes]:
        if len(self._buffer) + RECORD.size + END.size > self._chunk_bytes:
            yield self._cut()
        counts = [self._counts[record] for record in (Record.LISTED, Record.ADDED, Record.CLOSED)]
        self._put(Record.END, RECORD.pack(Record.END, END.size) + END.pack(self._ordinal + 1, *counts))
        yield bytes(self._buffer)

    def _put(self, record: Record, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > self._chunk_bytes:
            raise RowTooLong(f"a row of {len(data)} bytes doesn't fit a manifest's chunk of {self._chunk_bytes}")
        self._counts[record] += 1

    def _cut(self) -> bytes:
        chunk = bytes(self._buffer)
        self._ordinal += 1
        self._folder = None
        self._buffer = self._begin()
        return chunk

    def _begin(self) -> bytearray:
        return bytearray(CHUNK_HEADER.pack(MAGIC, FORMAT_VERSION, 0, 0, self._ordinal))


def _encode_snapshot(snapshot: SnapshotManifest) -> bytes:
    return canonical_json(
        {
            "source_key": snapshot.source_key,
            "sequence": snapshot.sequence,
            "taken_at": snapshot.taken_at,
            "state": snapshot.state,
            "closes_at": snapshot.closes_at,
            "custody": dict(snapshot.custody),
            "ledger": dict(snapshot.ledger),
        },
    )


def _encode_added(row: AddedRow) -> bytes:
    flags = (Flag.HAS_FROM if row.item_from is not None else 0) | (Flag.HAS_TO if row.item_to is not None else 0)
    parts: tuple[bytes, ...] = ()
    if row.parts == (row.content_digest,):
        flags |= Flag.IS_ONE_PART
    elif row.parts is None or len(row.parts) > MOST_PARTS_INLINE:
        flags |= Flag.IS_IN_RECIPE
    else:
        parts = row.parts
    flags |= Flag.HAS_FLAGS if row.flags else 0
    exceptions = ",".join(row.exceptions).encode()
    lengths = (len(row.item_key), len(row.name), len(exceptions), len(parts))
    fixed = ADDED.pack(flags, row.kind, row.item_from or 0, row.item_to or 0, row.size_bytes, row.crc32, *lengths)
    return b"".join([fixed, row.content_digest, row.item_key, row.name, exceptions, *parts, row.flags])
