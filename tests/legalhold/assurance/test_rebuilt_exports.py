"""Exports are frozen: a rebuild brings them back as they were, whatever is called otherwise since."""

from __future__ import annotations

import json

from exports.models import Export, ExportFile
from exports.queries import open_export
from legalhold.assurance import rebuilding
from legalhold.assurance.verifying import verify_archive
from legalhold.catalog.destruction import sweep
from legalhold.catalog.models import KeptContent, Part
from legalhold.custodians.models import Custodian
from legalhold.custodians.parsing import parse_custodians
from legalhold.custodians.services import import_custodians
from legalhold.journal import services as journal
from tests.exported import files_of

RENAMED = b"email,name,employee_id\nalice@example.com,Alice Newname,E1\n"


def shown(house):
    return files_of(open_export(export=Export.objects.get(), archive=house.archive, access=house.access))


def begin(house):
    """An export of Alice's mail, who is called otherwise afterwards; gives the files it shows."""
    house.begin()
    house.export()
    file = parse_custodians(data=RENAMED, file="renamed.csv")
    import_custodians(file=file, access=house.access, at=house.clock())
    journal.flush(archive=house.archive)
    return shown(house)


def without_records(house, monkeypatch):
    """Let the journal say what it said before exports had records."""
    replay = rebuilding.HANDLERS["export.created"]

    def old(payload, at):
        said = {key: value for key, value in payload.items() if key not in {"record", "shows_scope"}}
        replay(said, at)

    monkeypatch.setitem(rebuilding.HANDLERS, "export.created", old)


def test_export_of_a_renamed_custodian_comes_back_as_it_was(house):
    before = begin(house)
    house.lose()

    done = house.rebuild()

    assert (done.is_good, done.exports, done.changed_exports) == (True, 1, "")
    assert Custodian.objects.filter(name="Alice Newname").count() == 1
    assert shown(house) == before
    assert any(path.startswith("Alice Adams (E1)/") for path in before)


def test_mutant_that_plans_anew_loses_the_export(house, monkeypatch):
    begin(house)
    house.lose()
    without_records(house, monkeypatch)

    done = house.rebuild()

    assert (done.is_good, done.exports) == (False, 0)
    assert done.changed_exports == "made again, these exports differ from the journal: First"


def test_record_survives_full_compactions_before_and_after_a_rebuild(house):
    before = begin(house)
    house.expire()
    house.compact(is_full=True)
    house.lose()
    assert house.rebuild().is_good
    house.confirm()
    house.compact(is_full=True)
    house.lose()

    assert house.rebuild().is_good

    assert shown(house) == before
    assert verify_archive(archive=house.archive, is_full=True, progress=lambda *_: None).damages == []


def test_mutant_that_compacts_past_what_is_kept_loses_the_export(house, monkeypatch):
    """The trigger has to go as well: it alone would refuse."""
    begin(house)
    forgotten = sweep.UNREFERRED[: sweep.UNREFERRED.index(" AND NOT EXISTS (SELECT 1 FROM catalog_keptcontent")]
    monkeypatch.setattr(sweep, "DELETE_CONTENTS", sweep.DELETE_CONTENTS.replace(sweep.UNREFERRED, forgotten))
    monkeypatch.setattr(sweep, "UNREFERRED", forgotten)
    house.drop_trigger("content", "content_deleting_is_the_gates")
    house.compact(is_full=True)
    house.lose()

    done = house.rebuild()

    assert (done.is_good, done.exports) == (False, 0)
    assert len(done.missing) == 1
    assert "the records of these exports can't be read: First (no content has the digest" in done.changed_exports


def test_kept_content_that_is_gone_or_dead_is_a_damage_of_the_catalog(house):
    begin(house)
    kept = KeptContent.objects.get()
    house.contents().filter(pk=kept.content_id).update(dead_at=house.clock())

    damages = verify_archive(archive=house.archive, is_full=False, progress=lambda *_: None).damages

    assert [str(damage.reason) for damage in damages] == ["1 kept contents that are missing or marked dead"]


def test_damaged_record_is_missing_and_settles_nothing(house):
    begin(house)
    digest = bytes(Export.objects.get().frozen_digest)
    pack, path = house.pack_of(digest), None
    part = Part.objects.get(part_digest=digest)
    path = house.path(pack)
    data = bytearray(path.read_bytes())
    data[part.offset] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
    house.lose()

    done = house.rebuild()

    assert (done.missing, done.is_good, done.exports) == ((digest.hex(),), False, 0)
    assert "First" in done.changed_exports
    assert not Part.objects.filter(dead_at__isnull=False).exists()


def test_export_with_a_record_comes_back_where_something_else_is_lost(house):
    begin(house)
    files = ExportFile.objects.count()
    digest = next(bytes(row.content_digest) for row in house.contents() if row.size_bytes == 300_000)
    house.path(house.pack_of(digest)).unlink()
    house.lose()

    done = house.rebuild()

    assert (done.is_good, done.exports, done.changed_exports) == (False, 1, "")
    assert ExportFile.objects.count() == files


def test_journal_names_the_record(house):
    begin(house)

    said = [
        (entry.verb, json.loads(entry.payload))
        for _, entries in house.archive.journal.verify()
        for entry in entries
        if entry.verb in {"content.kept", "export.created"}
    ]

    export = Export.objects.get()
    record = bytes(export.frozen_digest).hex()
    assert [verb for verb, _ in said] == ["content.kept", "export.created"]
    assert said[0][1] == {"content": record, "owner": f"export:{export.key}"}
    assert (said[1][1]["record"], said[1][1]["shows_scope"]) == (record, False)


def test_export_without_a_record_is_left_where_something_is_lost(house, monkeypatch):
    begin(house)
    digest = next(bytes(row.content_digest) for row in house.contents() if row.size_bytes == 300_000)
    house.path(house.pack_of(digest)).unlink()
    house.lose()
    without_records(house, monkeypatch)

    done = house.rebuild()

    assert (done.is_good, done.exports, done.changed_exports) == (False, 0, rebuilding.EXPORTS_LEFT)
