"""Exports made again from the journal."""

from __future__ import annotations

import json

import pytest

from exports.models import Export, ExportedItem, ExportFile, OwnBytes
from exports.queries import open_export
from exports.replay import HANDLERS
from exports.services import ExportNotTheSame, restore_exports
from legalhold.journal.models import OutboxEntry
from tests.exported import files_of


def replayed(export, archive):
    """Forget an export's rows and replay its journal entry."""
    [entry] = OutboxEntry.objects.filter(verb="export.created")
    for model in (ExportFile, OwnBytes, ExportedItem):
        model.objects.all().delete()
    Export.objects.all().delete()
    HANDLERS["export.created"](json.loads(bytes(entry.payload)), entry.recorded_at)


def test_a_replayed_export_is_made_again_with_the_same_bytes(export, archive, access):
    before = files_of(open_export(export=export, archive=archive, access=access))
    replayed(export, archive)

    assert restore_exports(archive=archive) == 1

    again = Export.objects.get()
    assert (again.key, again.created_by, again.counts) == (export.key, export.created_by, export.counts)
    assert files_of(open_export(export=again, archive=archive, access=access)) == before


def test_a_replayed_export_that_differs_stays_unreadable(export, archive):
    replayed(export, archive)
    Export.objects.update(manifest_digest=bytes(32))

    with pytest.raises(ExportNotTheSame, match="First"):
        restore_exports(archive=archive)

    assert Export.objects.get().state == "creating"
