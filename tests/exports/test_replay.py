"""Exports made again from the journal: by their records, and those without one by laying them out anew."""

from __future__ import annotations

import json

import pytest

from exports.models import Export, ExportedItem, ExportFile, OwnBytes
from exports.queries import open_export
from exports.replay import HANDLERS
from exports.services import (
    ExportNotTheSame,
    create_export,
    exports_without_record,
    restore_exports,
    restore_frozen_exports,
)
from legalhold.catalog.models import Content, KeptContent, Pack
from legalhold.custodians.models import Custodian
from legalhold.journal.models import OutboxEntry
from tests.exported import files_of
from tests.organisation import START

COLUMNS = ("ordinal", "folder", "name", "form", "version_id", "size_bytes", "crc32", "media_type", "modified_at")
FATES = ("version_id", "control_number", "fate", "reason", "same_as_version_id")


def replayed(**changes):
    """Forget all exports' rows and replay their journal entries; None takes a key out."""
    for model in (ExportFile, OwnBytes, ExportedItem):
        model.objects.all().delete()
    Export.objects.all().delete()
    for entry in OutboxEntry.objects.filter(verb="export.created").order_by("pk"):
        payload = json.loads(bytes(entry.payload)) | changes
        said = {key: value for key, value in payload.items() if value is not None}
        HANDLERS["export.created"](said, entry.recorded_at)


def rows_of_tables():
    return list(ExportFile.objects.values_list(*COLUMNS).order_by("ordinal")), list(
        ExportedItem.objects.values_list(*FATES).order_by("pk")
    )


def test_a_replayed_export_has_its_rows_again_whatever_people_are_called_now(export, archive, access):
    before = rows_of_tables(), files_of(open_export(export=export, archive=archive, access=access))
    Custodian.objects.update(name="Renamed", employee_id=None)
    replayed()

    assert restore_frozen_exports(archive=archive) == 1

    again = Export.objects.get()
    assert (again.key, again.created_by, again.counts) == (export.key, export.created_by, export.counts)
    assert (again.state, again.verified_at) == ("ready", None)
    assert (rows_of_tables(), files_of(open_export(export=again, archive=archive, access=access))) == before


def test_rows_are_loaded_in_commits_of_some(export, archive, monkeypatch):
    before = rows_of_tables()
    replayed()
    for name, rows in (("loading.ROWS_PER_COMMIT", 3), ("saving.ROWS_AT_ONCE", 2)):
        monkeypatch.setattr(f"exports.frozen.{name}", rows)

    restore_frozen_exports(archive=archive)

    assert rows_of_tables() == before


def test_record_is_the_same_however_many_rows_are_read_at_once(export, make, monkeypatch, archive, access):
    monkeypatch.setattr("exports.frozen.saving.ROWS_AT_ONCE", 2)
    Export.objects.update(state="creating")

    again = create_export(collection=export.collection, name="First", archive=archive, access=access, at=START)

    assert again.frozen_digest == export.frozen_digest


def test_record_stays_for_its_export(export):
    [kept] = KeptContent.objects.all()

    assert (kept.owner, kept.ended_at) == (f"export:{export.key}", None)
    assert bytes(Content.objects.get(pk=kept.content_id).content_digest) == bytes(export.frozen_digest)


def test_a_version_that_is_gone_is_left_unnamed_and_its_file_shown(export, archive, monkeypatch):
    before = ExportFile.objects.count()
    replayed()
    monkeypatch.setattr("exports.frozen.loading.read_identities_of_source", lambda **_: [])

    assert restore_frozen_exports(archive=archive) == 1

    assert ExportFile.objects.filter(version_id=None).count() == ExportFile.objects.count() == before
    assert ExportedItem.objects.filter(version_id=None).count() == 9


def test_an_export_created_again_under_its_name_is_replayed_once(export, archive, access):
    Export.objects.update(state="creating")
    create_export(collection=export.collection, name="First", archive=archive, access=access, at=START)
    replayed()

    assert OutboxEntry.objects.filter(verb="export.created").count() == 2
    assert restore_frozen_exports(archive=archive) == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"manifest_digest": "00" * 32}, "is another one's"),
        ({"record": "00" * 32}, "no content has the digest 0000"),
    ],
)
def test_an_export_without_its_own_record_stays_unreadable(export, archive, changes, why):
    replayed(**changes)

    with pytest.raises(ExportNotTheSame, match=f"can't be read: First .*{why}"):
        restore_frozen_exports(archive=archive)

    assert Export.objects.get().state == "creating"


def test_an_export_whose_record_is_lost_stays_unreadable(export, archive):
    replayed()
    for pack in Pack.objects.filter(state="live"):
        archive.store.delete(name=pack.name)

    with pytest.raises(ExportNotTheSame, match="First"):
        restore_frozen_exports(archive=archive)

    assert (Export.objects.get().state, exports_without_record().count()) == ("creating", 0)


def test_an_export_made_before_records_is_laid_out_again_with_the_same_bytes(matter, make, archive, access):
    export = make(matter, shows_scope=True)
    before = files_of(open_export(export=export, archive=archive, access=access))
    replayed(record=None, shows_scope=None)

    assert (restore_frozen_exports(archive=archive), exports_without_record().count()) == (0, 1)
    assert restore_exports(archive=archive) == 1

    assert files_of(open_export(export=Export.objects.get(), archive=archive, access=access)) == before


def test_an_export_made_before_records_that_differs_stays_unreadable(export, archive):
    replayed(record="", manifest_digest="00" * 32)

    with pytest.raises(ExportNotTheSame, match="differ from the journal: First"):
        restore_exports(archive=archive)

    assert Export.objects.get().state == "creating"
