"""Makes an export's rows out of its record again: nothing is planned, whatever is called otherwise since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from exports.frozen.layout import RecordBroken, RecordKind, decode
from exports.models import ExportedItem, ExportFile, OwnBytes
from exports.recording import forget
from legalhold.catalog.identities import read_identities_of_source
from legalhold.catalog.models import Source
from legalhold.catalog.reading import open_content
from legalhold.database.fields import from_micros

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exports.frozen.layout import Record
    from exports.models import Export
    from legalhold.archive import Archive

ROWS_PER_COMMIT = 2_000


def load(*, export: Export, archive: Archive) -> None:
    """Write all rows of an export by its record, in commits of their own; the export isn't ready before its caller says so.

    Raises ``RecordBroken``, ``ContentUnknown``, ``ContentDamaged``, ``ArchiveError``. A version that isn't there stays
    unnamed in its row: the file is shown, and reading it says what is missing.
    """
    forget(export=export)
    records = decode(blocks=open_content(digest=bytes(export.frozen_digest or b""), archive=archive))
    _require_its_own(next(records, None), export)
    loader = _Loader(export)
    for record in records:
        loader.take(record)
    loader.flush()


def _require_its_own(head: Record | None, export: Export) -> None:
    promised = {"export": str(export.key), "manifest": bytes(export.manifest_digest or b"").hex()}
    if head is None or head.kind is not RecordKind.EXPORT or head.value != promised:
        raise RecordBroken(f"the record of export {export.name!r} is another one's")


class _Loader:
    """Gathers rows and commits them by thousands; bytes of ours one by one, as they are large."""

    def __init__(self, export: Export) -> None:
        self._export_id = export.pk
        self._versions = _Versions()
        self._ordinal = -1
        self._piece = 0
        self._waiting: list[ExportFile | ExportedItem] = []

    def take(self, record: Record) -> None:
        """Add what a record says."""
        if record.kind is RecordKind.FILE:
            self._ordinal, self._piece = self._ordinal + 1, 0
            self._add(self._file(record.value))
        elif record.kind is RecordKind.PIECE:
            with transaction.atomic(durable=True):
                OwnBytes.objects.create(
                    export_id=self._export_id, ordinal=self._ordinal, piece=self._piece, data=record.body
                )
            self._piece += 1
        else:
            self._add(self._fate(record.value))

    def flush(self) -> None:
        """Commit what waits."""
        with transaction.atomic(durable=True):
            ExportFile.objects.bulk_create([row for row in self._waiting if isinstance(row, ExportFile)], 500)
            ExportedItem.objects.bulk_create([row for row in self._waiting if isinstance(row, ExportedItem)], 500)
        self._waiting.clear()

    def _add(self, row: ExportFile | ExportedItem) -> None:
        self._waiting.append(row)
        if len(self._waiting) >= ROWS_PER_COMMIT:
            self.flush()

    def _file(self, value: Mapping[str, Any]) -> ExportFile:
        said = dict(value)
        return ExportFile(
            export_id=self._export_id,
            ordinal=self._ordinal,
            version_id=self._versions.find(said.pop("version")),
            content_digest=_digest(said.pop("content")),
            digest=_digest(said.pop("digest")),
            modified_at=from_micros(said.pop("modified_at")),
            created_at=from_micros(said.pop("created_at")),
            **said,
        )

    def _fate(self, value: Mapping[str, Any]) -> ExportedItem:
        said = dict(value)
        return ExportedItem(
            export_id=self._export_id,
            version_id=self._versions.find(said.pop("version")),
            same_as_version_id=self._versions.find(said.pop("same_as")),
            **said,
        )


class _Versions:
    """Finds versions by what names them outside a database. Memory: an entry for each version of the sources asked for."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, int]] = {}

    def find(self, named: Sequence[str] | None) -> int | None:
        """Return a version's id, None for no version and for one that isn't there."""
        if named is None:
            return None
        source, digest = named
        if source not in self._of:
            found = read_identities_of_source(source_id=Source.objects.get(key=source).pk)
            self._of[source] = {each.version_digest.hex(): each.version_id for each in found}
        return self._of[source].get(digest)


def _digest(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)
