"""Our own files in an export: what they say."""

from __future__ import annotations

from hashlib import md5, sha256

from exports.queries import open_export
from legalhold.custodians.models import Custodian
from legalhold.formats.ics import wrap_event
from legalhold.review.indexing import index_pending
from tests.exported import ALICE, ITEMS, files_of, rows_of
from tests.organisation import START, digest, event, mail


def test_the_index_tells_where_everything_came_from(tree):
    rows = rows_of(files_of(tree)["index.csv"])
    by_number = {row["Control number"]: row for row in rows}

    assert [row["Path"] for row in rows] == list(ITEMS)
    formula = by_number["LH00000002"]
    assert (formula["Subject"], formula["Original path"], formula["From"]) == (
        "'=1+1",
        "Inbox/=1+1",
        "Brown, Bob <bob@example.com>",
    )
    assert (formula["Date"], formula["Time zone"]) == ("2024-03-14T09:32:00+01:00", "Europe/Berlin")
    assert formula["MIH"] == md5(b"<2@example.com>", usedforsecurity=False).hexdigest().upper()
    assert (by_number["LH00000004"]["Earlier version of"], by_number["LH00000005"]["Earlier version of"]) == (
        "LH00000005",
        "",
    )
    assert by_number["LH00000004"]["Last snapshot"] == "1 (2026-01-02T01:00:00+01:00)"
    assert by_number["LH00000005"]["First snapshot"] == "2 (2026-01-03T01:00:00+01:00)"
    wrapped = by_number["LH00000006"]
    assert (wrapped["Form"], wrapped["Captured SHA-256"]) == ("wrapped", digest(event("Review")))
    assert wrapped["SHA-256"] == sha256(wrap_event(content=event("Review").open().read())).hexdigest()
    assert (by_number["LH00000007"]["Form"], by_number["LH00000007"]["SHA-256"]) == (
        "as captured",
        digest(event("Whole", wrapped=True)),
    )


def test_the_index_names_every_custodian_and_path_of_equal_bytes(organisation, matter, make, archive, access):
    carol = organisation.custodian("Clark, Carol")
    organisation.capture(organisation.source(carol, "Archive"), mail("Q1 forecast", key="1", folder="Old"), day=1)
    index_pending(at=START)
    matter = organisation.matter("Both", carol, Custodian.objects.get(employee_id="E1007"))

    export = make(matter, text="subject:forecast", name="Copies")

    rows = rows_of(files_of(open_export(export=export, archive=archive, access=access))["index.csv"])
    assert len(rows) == 2
    assert {row["All custodians"] for row in rows} == {f"{ALICE}; Clark, Carol"}
    assert {row["All original paths"] for row in rows} == {"Archive: Old/Q1 forecast; Mailbox: Inbox/Q1 forecast"}


def test_the_manifest_names_every_other_file(tree):
    files = files_of(tree)
    lines = files.pop("_verify/manifest-sha256.txt").decode().splitlines()

    assert lines == [f"{sha256(data).hexdigest()}  {path}" for path, data in files.items()]
