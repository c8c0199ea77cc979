"""Reads a manifest's chunks back into rows, one chunk in memory; what isn't whole is refused, not guessed at."""

import struct
from collections.abc import Iterable, Iterator
from typing import cast

from legalhold.archive.canonical import NotCanonical, parse_canonical
from legalhold.archive.manifest.rows import (
    ADDED,
    CHUNK_HEADER,
    CLOSED,
    DIGEST_BYTES,
    END,
    FORMAT_VERSION,
    MAGIC,
    RECORD,
    AddedRow,
    ClosedRow,
    Flag,
    ListedFolder,
    ManifestDamaged,
    ManifestRow,
    Record,
    SnapshotManifest,
)


def decode_manifest(chunks: Iterable[bytes]) -> Iterator[ManifestRow]:
    """Yield the snapshot, then the listed folders, added and closed rows, as written. Raises ManifestDamaged.

    What was yielded before ManifestDamaged is raised is not a whole manifest: use it only once the iterator has ended.
    """
    counts = dict.fromkeys(Record, 0)
    ordinal = -1
    for ordinal, chunk in enumerate(chunks):
        if counts[Record.END]:
            raise ManifestDamaged(f"chunk {ordinal} follows the manifest's end")
        yield from _decode_chunk(ordinal, chunk, counts)
    if not counts[Record.END]:
        raise ManifestDamaged(f"the manifest has {ordinal + 1} chunks and no end")


def _decode_chunk(ordinal: int, chunk: bytes, counts: dict[Record, int]) -> Iterator[ManifestRow]:
    if chunk[: CHUNK_HEADER.size] != CHUNK_HEADER.pack(MAGIC, FORMAT_VERSION, 0, 0, ordinal):
        raise ManifestDamaged(f"chunk {ordinal} at byte 0: it isn't this chunk of a manifest of a format known here")
    position = CHUNK_HEADER.size
    folder: bytes | None = None
    while position < len(chunk):
        try:
            record, body = _read_record(chunk, position)
            counts[record] += 1
            row = _check_place(record, body, folder, counts, ordinal)
        except (struct.error, ValueError, KeyError, TypeError, NotCanonical) as error:
            raise ManifestDamaged(f"chunk {ordinal} at byte {position}: {error}") from error
        if record is Record.FOLDER:
            folder = body
        position += RECORD.size + len(body)
        if row is not None:
            yield row


def _read_record(chunk: bytes, position: int) -> tuple[Record, bytes]:
    kind, length = RECORD.unpack_from(chunk, position)
    start = position + RECORD.size
    if start + length > len(chunk):
        raise ValueError(f"a record of {length} bytes goes beyond the chunk's end")
    return Record(kind), chunk[start : start + length]


def _check_place(
    record: Record,
    body: bytes,
    folder: bytes | None,
    counts: dict[Record, int],
    ordinal: int,
) -> ManifestRow | None:
    """Return a record's row, None for a record that is no row. Raises ValueError where such a record can't stand."""
    if counts[Record.SNAPSHOT] != 1 or counts[Record.END] != (record is Record.END):
        raise ValueError("a manifest begins with its snapshot, and nothing follows its end")
    match record:
        case Record.SNAPSHOT:
            return _decode_snapshot(body)
        case Record.LISTED:
            return ListedFolder(body)
        case Record.FOLDER:
            return None
        case Record.END:
            _check_end(body, counts, ordinal)
            return None
    if folder is None:
        raise ValueError("a row has no folder")
    return _decode_added(folder, body) if record is Record.ADDED else _decode_closed(folder, body)


def _check_end(body: bytes, counts: dict[Record, int], ordinal: int) -> None:
    counted = (ordinal + 1, counts[Record.LISTED], counts[Record.ADDED], counts[Record.CLOSED])
    if END.unpack(body) != counted:
        raise ValueError(f"the end announces other numbers of chunks and rows than the {counted} there are")


def _decode_snapshot(body: bytes) -> SnapshotManifest:
    fields = cast("dict[str, object]", parse_canonical(body))
    return SnapshotManifest(**fields)  # type: ignore[arg-type]  # canonical JSON that we wrote under a seal


def _decode_added(folder: bytes, body: bytes) -> AddedRow:
    flags, kind, item_from, item_to, size, crc32, *lengths, part_count = ADDED.unpack_from(body)
    pieces = []
    position = ADDED.size
    for length in (DIGEST_BYTES, *lengths, part_count * DIGEST_BYTES):
        pieces.append(body[position : position + length])
        position += length
    if (len(body) > position) != bool(flags & Flag.HAS_FLAGS) or len(body) < position:
        raise ValueError(f"an added row has {len(body)} bytes instead of {position}")
    digest, key, name, exceptions, parts = pieces
    return AddedRow(
        folder=folder,
        item_key=key,
        name=name,
        kind=kind,
        item_from=item_from if flags & Flag.HAS_FROM else None,
        item_to=item_to if flags & Flag.HAS_TO else None,
        size_bytes=size,
        content_digest=digest,
        crc32=crc32,
        parts=_decode_parts(flags, digest, parts),
        exceptions=tuple(exceptions.decode().split(",")) if exceptions else (),
        flags=body[position:],
    )


def _decode_parts(flags: int, digest: bytes, parts: bytes) -> tuple[bytes, ...] | None:
    if flags & Flag.IS_IN_RECIPE:
        return None
    if flags & Flag.IS_ONE_PART:
        return (digest,)
    return tuple(parts[start : start + DIGEST_BYTES] for start in range(0, len(parts), DIGEST_BYTES))


def _decode_closed(folder: bytes, body: bytes) -> ClosedRow:
    length, first_seen = CLOSED.unpack_from(body)
    if CLOSED.size + length != len(body):
        raise ValueError(f"a closed row has {len(body)} bytes instead of {CLOSED.size + length}")
    return ClosedRow(folder, body[CLOSED.size :], first_seen)
