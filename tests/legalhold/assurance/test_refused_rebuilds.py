"""Rebuilds that are refused, fail half way, or find that something is missing, damaged or different."""

from __future__ import annotations

import json

import pytest
from django.db import connection, transaction

from legalhold.archive import JournalBroken
from legalhold.assurance import rebuilding
from legalhold.assurance.rebuilding import CatalogNotEmpty, NothingToRebuild, RebuildOvertaken, VerbUnknown
from legalhold.catalog.models import Part, Source
from legalhold.database import guard
from legalhold.holds.models import Hold
from legalhold.journal import services as journal
from legalhold.journal.errors import JournalFrozen
from legalhold.journal.queries import is_frozen, journal_state
from legalhold.matters.services import create_matter


def append(house, verb, payload):
    with transaction.atomic():
        journal.append(verb=verb, payload=payload, at=house.clock())
    journal.flush(archive=house.archive)


def test_catalog_that_knows_something_is_not_rebuilt(house):
    house.begin()

    with pytest.raises(CatalogNotEmpty, match="it has rows of Matter, Custodian, Group, Source"):
        house.rebuild()
    journal.flush(archive=house.archive)
    house.lose()
    house.rebuild()
    with pytest.raises(CatalogNotEmpty):
        house.rebuild()


def test_catalog_that_has_written_a_journal_is_not_rebuilt(house):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_journalhead SET sequence = 3")

    with pytest.raises(CatalogNotEmpty, match="it has written to a journal"):
        house.rebuild()


def test_empty_journal_rebuilds_nothing(house):
    with pytest.raises(NothingToRebuild):
        house.rebuild()

    assert not is_frozen()


def test_unknown_verb_is_refused_before_anything_is_written(house):
    house.begin()
    append(house, "ship.launched", {})
    house.lose()

    with pytest.raises(VerbUnknown, match=r"says 'ship\.launched', which this version doesn't know"):
        house.rebuild()

    assert not Source.objects.exists()


def test_broken_journal_is_refused_before_anything_is_written(house):
    house.begin()
    journal.flush(archive=house.archive)
    create_matter(name="Another", access=house.access, at=house.clock())
    journal.flush(archive=house.archive)
    house.path("journal/000000000001").unlink()
    house.lose()

    with pytest.raises(JournalBroken):
        house.rebuild()

    assert not Source.objects.exists()


def test_rebuild_that_failed_half_way_stays_frozen_and_says_what_to_do(house):
    house.begin()
    append(house, "hold.targets_added", {"hold": "00000000-0000-0000-0000-000000000000", "targets": []})
    house.lose()

    with pytest.raises(Hold.DoesNotExist):
        house.rebuild()

    assert is_frozen()
    with pytest.raises(JournalFrozen), guard.exclusive():
        journal.append(verb="x.y", payload={}, at=house.clock())


def test_journal_that_goes_on_meanwhile_is_noticed(house, monkeypatch):
    house.begin()
    journal.flush(archive=house.archive)
    house.lose()
    settle = rebuilding._settle

    def settle_while_somebody_appends(archive, *given):
        archive.journal.append(previous=archive.journal.head(), entries=[], random=archive.random)
        return settle(archive, *given)

    monkeypatch.setattr(rebuilding, "_settle", settle_while_somebody_appends)

    with pytest.raises(RebuildOvertaken, match="stop every other process"):
        house.rebuild()

    assert journal_state().sequence == 0


def test_missing_content_is_told_and_nothing_is_settled(house):
    house.begin()
    journal.flush(archive=house.archive)
    house.export()
    digest = next(bytes(row.content_digest) for row in house.contents() if row.size_bytes == 300_000)
    house.path(house.pack_of(digest)).unlink()
    house.lose()

    done = house.rebuild()

    assert not done.is_good
    assert digest.hex() in done.missing
    assert (done.exports, done.changed_exports) == (1, "")
    assert any(f"no tombstone says why: content {digest.hex()}" in line for line in done.lines())
    assert not Part.objects.filter(dead_at__isnull=False).exists()


def test_damaged_pack_of_manifests_costs_its_snapshots_alone(house):
    house.begin()
    journal.flush(archive=house.archive)
    path = house.path(house.pack_of(house.manifest_of("carol", 3)))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1])
    house.lose()

    done = house.rebuild()

    assert (len(done.damaged), len(done.lost), done.is_good) == (1, 1, False)
    assert done.snapshots == 9
    assert any("a snapshot can't be restored: the packs lack manifest" in line for line in done.lines())
    assert any(line.startswith("damaged: packs/") for line in done.lines())


def test_export_that_comes_out_differently_is_told_and_stays_unreadable(house):
    house.begin()
    house.export()
    [payload] = [
        json.loads(entry.payload)
        for _, entries in house.archive.journal.verify()
        for entry in entries
        if entry.verb == "export.created"
    ]
    other = {
        **payload,
        "key": "00000000-0000-4000-8000-000000000000",
        "name": "Other",
        "manifest_digest": "00" * 32,
        "record": "",
    }
    append(house, "export.created", other)
    house.lose()

    done = house.rebuild()

    assert (done.exports, done.is_good) == (1, False)
    assert "these exports differ from the journal: Other" in done.changed_exports
    assert done.changed_exports in done.lines()
