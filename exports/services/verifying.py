"""Reads every byte of an export and writes down what was found: only then may it be said to be whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from exports.models import Export
from exports.queries import open_export
from exports.writers.verify import verify_tree
from legalhold.archive import PartReader
from legalhold.audit.services import record

if TYPE_CHECKING:
    from datetime import datetime

    from exports.writers.verify import Verification
    from legalhold.archive import Archive
    from legalhold.matters.access import Access


def verify_export(*, export: Export, archive: Archive, access: Access, at: datetime) -> Verification:
    """Compare every file with its digest, and note when and with how many findings. Raises ``NotAllowed``, ``ExportNotReady``."""
    # With a reader of its own: what another has in memory says nothing of the packs.
    unread = replace(archive, parts=PartReader(archive.store, archive.keys))
    done = verify_tree(tree=open_export(export=export, archive=unread, access=access))
    export.verified_at, export.findings = at, len(done.findings)
    with transaction.atomic(durable=True):
        Export.objects.filter(pk=export.pk).update(verified_at=at, findings=len(done.findings))
        record(
            verb="export.verified", by=access.actor, at=at, subject_kind="export", subject_key=str(export.key),
            matter_key=export.matter.key,
            body={"files": done.files, "bytes": done.bytes, "findings": len(done.findings)},
        )  # fmt: skip
    return done
