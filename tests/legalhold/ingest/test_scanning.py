"""Each finding of a scan gets one fate, and nothing it may have been is taken as gone."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest

from legalhold.catalog.capture import Capture, begin_snapshot
from legalhold.catalog.models import Source, Version
from legalhold.connectors import Excluded, FileOpened, FolderListed, ItemNotReadable, NotCaptured, RawItem
from legalhold.formats import ItemKind
from legalhold.ingest.models import Ingest, LedgerEntry
from legalhold.ingest.services.scanning import Scan

NOON = datetime(2024, 3, 14, 12, tzinfo=UTC)


@pytest.fixture
def scan(db, archive, clock) -> Scan:
    source = Source.objects.create(kind="mailbox", name="Mail", created_at=clock.now)
    snapshot = begin_snapshot(source=source, taken_at=clock.now, custody={}, at=clock.now)
    row = Ingest.objects.create(source=source, sequence=1, actor="x", started_at=clock.now, heartbeat_at=clock.now)
    return Scan(capture=Capture(archive=archive, snapshot=snapshot, now=clock), ingest=row)


def ledger(scan: Scan) -> dict[str, int]:
    counts = scan.ledger.closing(captured={}, folders_listed=0)
    return {name: counts[name] for name in ("items_found", "excluded", "not_captured")}


def unreadable():
    raise ItemNotReadable(reason="Vanished", detail="gone")


@pytest.mark.parametrize("kind", [ItemKind.MESSAGE, ItemKind.CONTAINER])
def test_item_that_cannot_be_read_is_found_and_not_captured(scan, kind):
    item = RawItem((), b"k", b"name", kind, None, None, None, unreadable)

    scan.take(finding=item)

    scan.entries.write()
    assert ledger(scan) == {"items_found": 1, "excluded": 0, "not_captured": 1}
    assert LedgerEntry.objects.values_list("fate", "reason", "detail").get() == ("not_captured", "Vanished", "gone")


@pytest.mark.parametrize(
    ("finding", "is_unclear"),
    [
        (NotCaptured((b"a",), b"x", "Unknown", "?"), True),
        (NotCaptured((b"a",), b"x/", "PermissionDenied", "?"), False),
        (NotCaptured((b"a",), b"x", "Unknown", "?", b"k"), False),
        (Excluded((b"a",), b"x", "rule"), True),
    ],
)
def test_only_what_could_be_any_item_makes_its_folder_unclear(scan, finding, is_unclear):
    scan.take(finding=finding)

    assert (scan.capture.unclear == {b"a"}) is is_unclear
    assert ledger(scan)["items_found"] == 1


def raw(folder, key, kind=ItemKind.FILE, open=None) -> RawItem:
    return RawItem(folder, key, key, kind, NOON, NOON, 1, open or (lambda: io.BytesIO(key)))


def test_entry_whose_item_cannot_be_read_is_unreadable(scan):
    for finding in (
        raw((), b"read"), FileOpened((), b"read", "single"), raw((), b"lost", open=unreadable),
        FileOpened((), b"lost", "single"), FileOpened((), b"other", "excluded"),
        FolderListed((), (b"folder",)),
    ):  # fmt: skip
        scan.take(finding=finding)

    counts = scan.ledger.closing(captured={}, folders_listed=0)
    assert {name: counts[f"files_{name}"] for name in ("opened", "single", "excluded", "unreadable")} == {
        "opened": 3, "single": 1, "excluded": 1, "unreadable": 1,
    }  # fmt: skip
    assert scan.capture.listed == {(): {b"folder", b"lost"}}


def test_container_of_which_an_item_is_lost_is_marked_and_open(scan):
    inside, beside = (b"x", b"a.mbox"), (b"x", b"b.mbox")
    for finding in (
        raw(beside, b"1"), raw(beside, b"file", ItemKind.CONTAINER), FileOpened((b"x",), b"b.mbox", "container"),
        raw(inside, b"1"), raw(inside, b"1"), raw((*inside, b"deep"), b"2", open=unreadable),
        raw(inside, b"file", ItemKind.CONTAINER), FileOpened((b"x",), b"a.mbox", "container"),
    ):  # fmt: skip
        scan.take(finding=finding)
    scan.capture.flush()

    containers = Version.objects.filter(kind=ItemKind.CONTAINER).order_by("pk")
    assert list(containers.values_list("exceptions", "item_from", "item_to")) == [
        ("", NOON, NOON), ("CONTAINER_REMAINDER", None, None),
    ]  # fmt: skip
    counts = scan.ledger.closing(captured={}, folders_listed=0)
    assert (counts["not_captured:Unknown"], counts["files_containers"], counts["files_unreadable"]) == (1, 2, 0)


def test_entries_are_written_in_batches(scan, monkeypatch):
    monkeypatch.setattr("legalhold.ingest.entries.ENTRIES_AT_ONCE", 2)

    numbers = []
    for number in range(5):
        scan.take(finding=Excluded((), b"%d" % number, "rule"))
        numbers.append(LedgerEntry.objects.count())

    assert numbers == [0, 2, 2, 4, 4]


def test_heartbeat_is_renewed_only_now_and_then(scan, clock):
    for seconds, beaten in ((10, 0), (25, 35), (10, 35), (30, 75)):
        clock.advance(timedelta(seconds=seconds))
        scan._beat(clock.now)

        row = Ingest.objects.get()
        assert row.heartbeat_at - row.started_at == timedelta(seconds=beaten)
