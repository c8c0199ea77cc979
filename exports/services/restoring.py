"""Makes the rows of exports again after a rebuild: by their records; those that have none are laid out anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from exports.filling import fill
from exports.frozen.layout import RecordBroken
from exports.frozen.loading import load
from exports.models import Export
from legalhold.archive.errors import ArchiveError
from legalhold.catalog.reading import ContentDamaged, ContentUnknown

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from legalhold.archive import Archive


class ExportNotTheSame(Exception):
    """An export can't be shown as the journal says it was; it stays unreadable."""


def restore_frozen_exports(*, archive: Archive) -> int:
    """Make every replayed export that has a record readable again by it, and return how many.

    Right also where something is lost: what is missing is said when it is read. Raises ``ExportNotTheSame`` after all
    others are restored. Part of a rebuild, which writes the audit event.
    """
    replayed = list(_replayed().exclude(frozen_digest=None).order_by("pk"))
    broken = [f"{export.name} ({error})" for export in replayed if (error := _load(export, archive))]
    if broken:
        raise ExportNotTheSame(f"the records of these exports can't be read: {', '.join(broken)}")
    return len(replayed)


def restore_exports(*, archive: Archive) -> int:
    """Lay out anew every replayed export that has no record, and return how many.

    Raises ``ExportNotTheSame`` after all others are restored: names of custodians or sources may have changed since.
    """
    replayed = list(exports_without_record().order_by("pk"))
    changed = [export.name for export in replayed if not _restore(export, archive)]
    if changed:
        raise ExportNotTheSame(f"made again, these exports differ from the journal: {', '.join(changed)}")
    return len(replayed)


def exports_without_record() -> QuerySet[Export]:
    """Return the replayed exports that were made before there were records, and aren't laid out again."""
    return _replayed().filter(frozen_digest=None)


def _replayed() -> QuerySet[Export]:
    return Export.objects.filter(state=Export.State.CREATING, manifest_digest__isnull=False)


def _load(export: Export, archive: Archive) -> str:
    try:
        load(export=export, archive=archive)
    except (RecordBroken, ContentUnknown, ContentDamaged, ArchiveError) as error:
        return str(error)
    _make_ready(export)
    return ""


def _restore(export: Export, archive: Archive) -> bool:
    promised = bytes(export.manifest_digest or b"")
    fill(export=export, archive=archive, is_as_before=True)
    if bytes(export.manifest_digest or b"") != promised:
        return False
    _make_ready(export)
    return True


def _make_ready(export: Export) -> None:
    with transaction.atomic(durable=True):
        export.state = Export.State.READY
        export.save()
