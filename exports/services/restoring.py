"""Makes the rows of exports again after a rebuild; the same collection gives the same bytes, or it is said which don't."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from exports.filling import fill
from exports.models import Export

if TYPE_CHECKING:
    from legalhold.archive import Archive


class ExportNotTheSame(Exception):
    """An export made again differs from what the journal says it was; it stays unreadable."""


def restore_exports(*, archive: Archive) -> int:
    """Make every export that the journal names and that has no rows yet readable again, and return how many.

    Raises ``ExportNotTheSame`` after all others are restored. Part of a rebuild, which writes the audit event.
    """
    replayed = _replayed()
    changed = [export.name for export in replayed if not _restore(export, archive)]
    if changed:
        raise ExportNotTheSame(f"made again, these exports differ from the journal: {', '.join(changed)}")
    return len(replayed)


def _replayed() -> list[Export]:
    return list(Export.objects.filter(state=Export.State.CREATING, manifest_digest__isnull=False).order_by("pk"))


def _restore(export: Export, archive: Archive) -> bool:
    promised = bytes(export.manifest_digest or b"")
    fill(export=export, archive=archive)
    if bytes(export.manifest_digest or b"") != promised:
        return False
    with transaction.atomic(durable=True):
        export.state = Export.State.READY
        export.save()
    return True
