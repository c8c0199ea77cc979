"""Writes a plan down as the rows of a frozen manifest: folders, items, our own files, fates."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import transaction

from exports.companions.exceptions_csv import exceptions_csv
from exports.companions.index_csv import index_csv
from exports.companions.manifest import manifest
from exports.companions.read_me import Heading, read_me
from exports.frozen.layout import in_pieces
from exports.models import Export, ExportedItem, ExportFile, OwnBytes
from exports.planning import EXCEPTIONS, INDEX, MANIFEST, MEDIA_TYPES, READ_ME, VERIFY_FOLDER
from exports.trees.export import OWN_PIECE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from exports.planning import Exported, Plan

ROWS_PER_COMMIT = 5_000
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was written: files of all kinds, their bytes, and the digest of the manifest that names them."""

    files: int
    size_bytes: int
    manifest_digest: bytes


def forget(*, export: Export) -> None:
    """Take back the rows of an export that was never finished."""
    for rows in (ExportFile, OwnBytes, ExportedItem):
        with transaction.atomic(durable=True):
            rows.objects.filter(export_id=export.pk).delete()


def record(*, export: Export, plan: Plan, heading: Heading, zone: ZoneInfo) -> Recorded:
    """Write all rows, in commits of their own; the export isn't ready before its caller says so."""
    writer = _Writer(export, heading.captured_until)
    writer.folder(())
    writer.folder((VERIFY_FOLDER,))
    writer.own((READ_ME,), "text/html; charset=utf-8", read_me(heading=heading, plan=plan, zone=zone))
    writer.own((INDEX,), "text/csv; charset=utf-8", index_csv(exported=plan.exported, zone=zone))
    writer.own((EXCEPTIONS,), "text/csv; charset=utf-8", exceptions_csv(plan=plan))
    for one in plan.exported:
        writer.item(one)
    digest = writer.own((VERIFY_FOLDER, MANIFEST), "text/plain; charset=utf-8", manifest(files=writer.named))
    writer.flush()
    _record_fates(export, plan)
    return Recorded(files=len(writer.named), size_bytes=writer.size_bytes, manifest_digest=digest)


class _Writer:
    """Gathers rows and commits them by thousands."""

    def __init__(self, export: Export, at: datetime) -> None:
        self.export, self.at = export, at
        self.ordinal = 0
        self.size_bytes = 0
        self.named: list[tuple[Path, bytes]] = []
        self._folders: set[Path] = set()
        self._waiting: list[ExportFile] = []

    def folder(self, path: Path) -> None:
        """Add a folder and those above it, once."""
        for end in range(len(path) + 1):
            above = path[:end]
            if above not in self._folders:
                self._folders.add(above)
                self._add(above, form=ExportFile.Form.FOLDER, modified_at=self.at, created_at=self.at)

    def item(self, one: Exported) -> None:
        """Add an item's file."""
        self.folder(one.path[:-1])
        media_type = MEDIA_TYPES.get(one.item.kind, "application/octet-stream")
        self._add(
            one.path, form=one.shown.form, version_id=one.item.version_id, content_digest=one.item.content_digest,
            digest=one.shown.digest, size_bytes=one.shown.size_bytes, crc32=one.shown.crc32, media_type=media_type,
            modified_at=one.modified_at, created_at=one.created_at,
        )  # fmt: skip
        self._name(one.path, one.shown.digest, one.shown.size_bytes)

    def own(self, path: Path, media_type: str, blocks: Iterable[bytes]) -> bytes:
        """Add a file of our own and return its digest; its bytes are written down piece by piece."""
        digest, crc32, size, ordinal = sha256(), 0, 0, self.ordinal
        for number, piece in enumerate(in_pieces(blocks=blocks, size_bytes=OWN_PIECE_BYTES)):
            with transaction.atomic(durable=True):
                OwnBytes.objects.create(export_id=self.export.pk, ordinal=ordinal, piece=number, data=piece)
            digest.update(piece)
            crc32, size = zlib.crc32(piece, crc32), size + len(piece)
        self._add(
            path, form=ExportFile.Form.OWN, digest=digest.digest(), size_bytes=size, crc32=crc32, media_type=media_type,
            modified_at=self.at, created_at=self.at,
        )  # fmt: skip
        self._name(path, digest.digest(), size)
        return digest.digest()

    def flush(self) -> None:
        """Commit what waits."""
        with transaction.atomic(durable=True):
            ExportFile.objects.bulk_create(self._waiting, batch_size=500)
        self._waiting.clear()

    def _name(self, path: Path, digest: bytes, size: int) -> None:
        self.named.append((path, digest))
        self.size_bytes += size

    def _add(self, path: Path, **columns: object) -> None:
        folder, name = "/".join(path[:-1]), path[-1] if path else ""
        self._waiting.append(
            ExportFile(export_id=self.export.pk, ordinal=self.ordinal, folder=folder, name=name, **columns)
        )
        self.ordinal += 1
        if len(self._waiting) >= ROWS_PER_COMMIT:
            self.flush()


def _record_fates(export: Export, plan: Plan) -> None:
    fates = [
        *(
            ExportedItem(
                export_id=export.pk, version_id=one.item.version_id, control_number=one.number,
                fate=ExportedItem.Fate.EXPORTED,
            )
            for one in plan.exported
        ),
        *(
            ExportedItem(
                export_id=export.pk, version_id=left.item.version_id, fate=ExportedItem.Fate.NOT_EXPORTED,
                reason=left.reason,
            )
            for left in plan.not_exported
        ),
    ]  # fmt: skip
    for start in range(0, len(fates), ROWS_PER_COMMIT):
        with transaction.atomic(durable=True):
            ExportedItem.objects.bulk_create(_slice(fates, start), batch_size=500)


def _slice(fates: Sequence[ExportedItem], start: int) -> Sequence[ExportedItem]:
    return fates[start : start + ROWS_PER_COMMIT]
