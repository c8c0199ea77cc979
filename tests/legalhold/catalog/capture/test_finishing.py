"""How snapshots end: complete, partial, after a crash; and what the archive is told of them."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

import pytest

from legalhold.archive import AddedRow, ClosedRow, ListedFolder, SnapshotManifest, decode_manifest, failpoints
from legalhold.catalog.capture import (
    SnapshotNotLater,
    SnapshotStillOpen,
    SourceNotActive,
    begin_snapshot,
    finishing,
    open_snapshot,
)
from legalhold.catalog.models import LIVE, Content, ContentPart, Snapshot, Source, Version
from legalhold.catalog.reading import open_content
from legalhold.connectors import FolderListed
from legalhold.database import gate, guard
from legalhold.database.fields import to_micros
from legalhold.formats import ItemKind
from legalhold.journal.models import OutboxEntry


@pytest.fixture(autouse=True)
def _disarmed():
    yield
    failpoints.disarm()


class Crash(Exception):
    """Stands for the process being killed: nothing after it runs."""


def crash() -> None:
    raise Crash


def read_manifest(mailbox, sequence: int):
    """Decode the manifest that a snapshot names, out of its parts in the archive."""
    content = Content.objects.get(pk=Snapshot.objects.get(source=mailbox.source, sequence=sequence).manifest_content)
    return list(decode_manifest(open_content(digest=bytes(content.content_digest), archive=mailbox.archive)))


def test_manifest_says_what_was_added_and_closed(mailbox, item, at):
    kept = item((b"Inbox", b"k"), b"kept", item_from=at, exceptions=("X",))
    mailbox.capture([kept, item((b"Inbox", b"a"), b"old"), item((b"Old", b"z"), b"gone")])

    mailbox.capture([kept, item((b"Inbox", b"a"), b"new")], ledger={"items_found": 2})

    taken = to_micros(Snapshot.objects.get(sequence=2).taken_at)
    digest = sha256(b"new").digest()
    rows = read_manifest(mailbox, 2)
    assert rows[0] == SnapshotManifest(
        str(mailbox.source.key), 2, taken, "complete", 1, {"method": "test"}, {"closed": 2, "items_found": 2}
    )
    assert rows[1:] == [
        ListedFolder(b""),
        ListedFolder(b"Inbox"),
        AddedRow(b"Inbox", b"a", b"a", 7, None, None, 3, digest, rows[3].crc32, (digest,)),
        ClosedRow(b"Inbox", b"a", 1),
        ClosedRow(b"Old", b"z", 1),
    ]
    first = [row for row in read_manifest(mailbox, 1) if isinstance(row, AddedRow) and row.item_key == b"k"]
    assert [(row.item_from, row.item_to, row.exceptions) for row in first] == [(to_micros(at), None, ("X",))]


def test_content_without_exactly_one_part_is_named_by_its_recipe(mailbox, item):
    mailbox.capture([item((b"a",), b"")])

    [row] = [row for row in read_manifest(mailbox, 1) if isinstance(row, AddedRow)]
    assert row.parts is None


def test_completed_snapshot_is_in_the_journal_by_its_manifest(mailbox, item):
    mailbox.capture([item((b"a",), b"one")])

    snapshot = Snapshot.objects.get()
    entry = OutboxEntry.objects.get(verb="snapshot.completed")
    assert json.loads(bytes(entry.payload)) == {
        "source": str(mailbox.source.key),
        "sequence": 1,
        "taken_at": to_micros(snapshot.taken_at),
        "state": "complete",
        "manifest": bytes(Content.objects.get(pk=snapshot.manifest_content).content_digest).hex(),
    }
    assert entry.sequence is not None


def test_long_manifest_has_several_parts_and_a_recipe(mailbox, item, monkeypatch):
    monkeypatch.setattr(
        "legalhold.archive.encode_manifest.__kwdefaults__",
        {"listed": (), "added": (), "closed": (), "chunk_bytes": 1000},
    )
    monkeypatch.setattr("legalhold.catalog.capture.manifests.ROWS_AT_ONCE", 3)
    mailbox.capture([item((b"%d" % number,), b"%d" % number) for number in range(30)])

    rows = read_manifest(mailbox, 1)
    content_id = Snapshot.objects.get().manifest_content
    assert len([row for row in rows if isinstance(row, AddedRow)]) == 30
    assert ContentPart.objects.filter(content_id=content_id, ordinal=-1).count() == 1
    assert ContentPart.objects.filter(content_id=content_id, ordinal__gte=0).count() == 3


def test_partial_snapshot_closes_only_what_it_saw_change(mailbox, item):
    mailbox.capture([item((b"a",), b"old"), item((b"b",), b"not come to")])
    capture = mailbox.begin()
    capture.offer(item=item((b"a",), b"new"))
    capture.flush()

    finished = mailbox.interrupt(capture)

    assert (finished.state, finished.added, finished.closed) == ("partial", 1, 1)
    assert mailbox.shows(2) == {(b"a",): b"new", (b"b",): b"not come to"}
    assert mailbox.shows(1) == {(b"a",): b"old", (b"b",): b"not come to"}


def test_capture_after_a_partial_one_goes_on(mailbox, item):
    items = [item((b"%d" % number,), b"%d" % number) for number in range(4)]
    capture = mailbox.begin()
    capture.offer(item=items[0])
    capture.flush()
    mailbox.interrupt(capture)

    again = mailbox.begin()
    for each in items:
        again.offer(item=each)
    mailbox.finish(again)

    assert dict(again.counts) == {"unchanged": 1, "captured_new": 3}
    assert len(mailbox.shows(2)) == 4


@pytest.mark.parametrize(
    "name", ["capture.pack_row", "capture.pack_file", "capture.before_commit", "capture.after_commit"]
)
def test_crash_while_storing_is_finished_as_partial(mailbox, item, name):
    failpoints.arm(name=name, action=crash)
    capture = mailbox.begin()
    capture.offer(item=item((b"a",), b"one"))
    with pytest.raises(Crash):
        capture.flush()

    left = open_snapshot(source=mailbox.source)
    finished = finishing.finish_partial(
        archive=mailbox.archive, snapshot=left, ledger={}, at=mailbox.clock.now, now=mailbox.clock, then=lambda _: None
    )

    assert finished.added == (1 if name == "capture.after_commit" else 0)
    mailbox.capture([item((b"a",), b"one")])
    assert mailbox.shows(2) == {(b"a",): b"one"}


@pytest.mark.parametrize("name", ["capture.before_complete", "capture.before_commit"])
def test_crash_before_completion_closes_nothing(mailbox, item, name):
    mailbox.capture([item((b"a",), b"one"), item((b"b",), b"two")])
    capture = mailbox.begin()
    capture.list_folder(listing=FolderListed(()))
    failpoints.arm(name=name, action=crash)

    with pytest.raises(Crash):
        mailbox.finish(capture)

    assert Version.objects.filter(last_seen=LIVE).count() == 2
    assert Snapshot.objects.get(sequence=2).state == "open"


@pytest.mark.parametrize("name", ["capture.after_complete", "capture.before_flush", "capture.after_flush"])
def test_crash_after_completion_keeps_all_of_it(mailbox, item, name):
    mailbox.capture([item((b"a",), b"one"), item((b"b",), b"two")])
    capture = mailbox.begin()
    capture.list_folder(listing=FolderListed(()))
    failpoints.arm(name=name, action=crash)

    with pytest.raises(Crash):
        mailbox.finish(capture)

    assert Version.objects.filter(last_seen=1).count() == 2
    assert Snapshot.objects.get(sequence=2).state == "complete"
    assert OutboxEntry.objects.filter(verb="snapshot.completed").count() == 2


def test_what_else_is_to_be_written_fails_with_the_completion(mailbox, item):
    mailbox.capture([item((b"a",), b"one")])

    with pytest.raises(Crash):
        mailbox.capture([], then=lambda finished: crash())

    assert Version.objects.values_list("last_seen", flat=True).get() == LIVE
    assert Snapshot.objects.get(sequence=2).state == "open"
    assert OutboxEntry.objects.filter(verb="snapshot.completed").count() == 1


def test_seeded_bug_that_closes_before_the_completing_transaction_is_seen(mailbox, item, monkeypatch):
    mailbox.capture([item((b"a",), b"one")])
    close = finishing.close_versions
    complete = finishing._finish

    def closes_early(ending, **arguments):
        close(snapshot=ending.snapshot, versions=ending.closing)
        return complete(ending, **arguments)

    monkeypatch.setattr(finishing, "_finish", closes_early)

    with pytest.raises(Crash):
        mailbox.capture([], then=lambda finished: crash())

    assert Version.objects.values_list("last_seen", flat=True).get() == 1


def test_vanished_share_is_not_closed_until_confirmed(mailbox, item):
    mailbox.capture([item((b"%d" % number,), b"%d" % number) for number in range(10)])
    kept = [item((b"%d" % number,), b"%d" % number) for number in range(6)]

    refused = mailbox.capture(kept, confirm=None)

    assert (refused.state, refused.closed) == ("partial", 0)
    assert (refused.unconfirmed.items, refused.unconfirmed.of_items) == (4, 10)
    assert len(mailbox.shows(2)) == 10
    wrong = mailbox.capture(kept, confirm="0" * 64)
    assert wrong.unconfirmed.digest == refused.unconfirmed.digest
    confirmed = mailbox.capture(kept, confirm=refused.unconfirmed.digest)
    assert (confirmed.state, confirmed.closed, confirmed.unconfirmed) == ("complete", 4, None)
    assert len(mailbox.shows(4)) == 6
    assert len(mailbox.shows(3)) == 10


def test_vanished_share_of_exactly_the_threshold_needs_no_confirmation(mailbox, item):
    mailbox.capture([item((b"%d" % number,), b"%d" % number) for number in range(10)])

    finished = mailbox.capture([item((b"%d" % number,), b"%d" % number) for number in range(7)], confirm=None)

    assert (finished.state, finished.closed) == ("complete", 3)


def test_vanished_containers_are_not_counted_as_items(mailbox, item):
    items = [item((b"%d" % number,), b"%d" % number) for number in range(4)]
    boxes = [item((b"box %d" % number,), b"box %d" % number, kind=ItemKind.CONTAINER) for number in range(8)]
    mailbox.capture([*items, *boxes])

    finished = mailbox.capture(items[:3], confirm=None)

    assert (finished.state, finished.closed) == ("complete", 9)


def test_other_items_vanished_need_another_confirmation(mailbox, item):
    items = [item((b"%d" % number,), b"%d" % number) for number in range(10)]
    mailbox.capture(items)
    asked = mailbox.capture(items[:5], confirm=None).unconfirmed.digest

    finished = mailbox.capture(items[5:], confirm=asked)

    assert (finished.state, finished.closed) == ("partial", 0)


def test_snapshot_is_not_earlier_than_the_newest(mailbox, item):
    mailbox.capture([item((b"a",), b"one")])
    newest = mailbox.clock.now

    for taken_at in (newest, newest - timedelta(seconds=1)):
        with pytest.raises(SnapshotNotLater, match="isn't later"):
            begin_snapshot(source=mailbox.source, taken_at=taken_at, custody={}, at=newest)

    assert Snapshot.objects.count() == 1


def test_second_capture_of_a_source_waits_for_the_first_to_be_finished(mailbox):
    mailbox.begin()

    with pytest.raises(SnapshotStillOpen, match="snapshot 1"):
        mailbox.begin()


@pytest.mark.parametrize("state", ["retired", "removing"])
def test_source_that_is_not_active_is_not_captured(mailbox, state):
    with guard.exclusive(), gate.opened():
        Source.objects.update(state=state)

    with pytest.raises(SourceNotActive, match=state):
        mailbox.begin()

    assert open_snapshot(source=mailbox.source) is None


def test_source_removed_before_completion_can_only_end_partial(mailbox, item):
    capture = mailbox.begin()
    capture.offer(item=item((b"a",), b"one"))
    capture.flush()
    with guard.exclusive(), gate.opened():
        Source.objects.update(state="removing")

    with pytest.raises(SourceNotActive):
        mailbox.finish(capture)

    assert mailbox.interrupt(capture).state == "partial"
