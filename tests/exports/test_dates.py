"""Exports of items from the first and the last day that a calendar has: junk dates, and found in real mail."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest

from exports.queries import open_export
from exports.trees.export import zip_of
from exports.writers.folder import write_folder
from exports.writers.verify import verify_folder
from legalhold.review.indexing import index_pending
from tests.organisation import START, event, file

FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_items_of_the_calendars_ends_are_in_every_form_of_an_export(
    organisation, make, archive, access, tmp_path, zone
):
    bob = organisation.custodian("Brown, Bob")
    items = [
        file("first", b"1", at=FIRST),
        file("last", b"2", at=LAST),
        event("First", start="00010101T000000Z", dates=(FIRST, FIRST)),
        event("Last", start="99991231T235959Z", dates=(LAST, LAST)),
    ]
    organisation.capture(organisation.source(bob), *items, day=1)
    index_pending(at=START)
    tree = open_export(export=make(organisation.matter("Acme", bob), zone=zone), archive=archive, access=access)

    written = write_folder(tree=tree, folder=tmp_path / "out")
    with zipfile.ZipFile(io.BytesIO(b"".join(zip_of(tree).open()))) as zipped:
        years = {info.filename.rpartition("/")[2]: info.date_time[0] for info in zipped.infolist()}
        damaged = zipped.testzip()

    assert (written.written, written.missing, damaged) == (8, (), None)
    assert verify_folder(tree=tree, folder=tmp_path / "out").is_good
    assert {name: years[name] for name in ("first", "last")} == {"first": 1980, "last": 2107}
