"""Says an export's rows as records: versions by source and digest, as ids don't survive a rebuild."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exports.frozen.layout import Record, RecordKind, encode, record_of
from exports.models import ExportedItem, ExportFile, OwnBytes
from legalhold.catalog.identities import read_identities
from legalhold.database.fields import to_micros

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from exports.models import Export

ROWS_AT_ONCE = 1_000


def record_parts(*, export: Export) -> Iterator[bytes]:
    """Yield the parts of the record of an export whose rows are all written."""
    return encode(records=_records(export))


def _records(export: Export) -> Iterator[Record]:
    head = {"export": str(export.key), "manifest": bytes(export.manifest_digest or b"").hex()}
    yield record_of(RecordKind.EXPORT, head)
    yield from _files(export)
    yield from _fates(export)


def _files(export: Export) -> Iterator[Record]:
    rows, last = ExportFile.objects.filter(export_id=export.pk).order_by("ordinal"), -1
    while found := list(rows.filter(ordinal__gt=last)[:ROWS_AT_ONCE]):
        named = _named(row.version_id for row in found)
        for row in found:
            yield record_of(RecordKind.FILE, _file(row, named))
            if row.form == ExportFile.Form.OWN:
                pieces = OwnBytes.objects.filter(export_id=export.pk, ordinal=row.ordinal).order_by("piece")
                yield from (Record(RecordKind.PIECE, bytes(piece.data)) for piece in pieces.iterator(chunk_size=10))
        last = found[-1].ordinal


def _fates(export: Export) -> Iterator[Record]:
    rows, last = ExportedItem.objects.filter(export_id=export.pk).order_by("pk"), 0
    while found := list(rows.filter(pk__gt=last)[:ROWS_AT_ONCE]):
        named = _named(each for row in found for each in (row.version_id, row.same_as_version_id))
        for row in found:
            yield record_of(RecordKind.FATE, _fate(row, named))
        last = found[-1].pk


def _named(versions: Iterable[int | None]) -> dict[int | None, list[str] | None]:
    wanted = {version for version in versions if version is not None}
    found = read_identities(versions=wanted)
    return {None: None, **{one.version_id: [str(one.source_key), one.version_digest.hex()] for one in found}}


def _file(row: ExportFile, named: Mapping[int | None, list[str] | None]) -> dict[str, Any]:
    return {
        "folder": row.folder,
        "name": row.name,
        "form": row.form,
        "version": named[row.version_id],
        "content": _hex(row.content_digest),
        "digest": _hex(row.digest),
        "size_bytes": row.size_bytes,
        "crc32": row.crc32,
        "media_type": row.media_type,
        "modified_at": to_micros(row.modified_at),
        "created_at": to_micros(row.created_at),
    }


def _fate(row: ExportedItem, named: Mapping[int | None, list[str] | None]) -> dict[str, Any]:
    return {
        "version": named[row.version_id],
        "control_number": row.control_number,
        "fate": row.fate,
        "reason": row.reason,
        "same_as": named[row.same_as_version_id],
    }


def _hex(digest: bytes | memoryview | None) -> str | None:
    return None if digest is None else bytes(digest).hex()
