"""What captures keep, and what they take as unchanged, changed and gone."""

from __future__ import annotations

import io
import random as randomness
from hashlib import sha256

import pytest

from legalhold.archive import PackReader, PartKind
from legalhold.catalog.capture import contents, streaming
from legalhold.catalog.models import LIVE, Content, ContentPart, Folder, ItemFacts, Pack, Part, Snapshot, Version
from legalhold.connectors import ItemNotReadable
from legalhold.formats import ItemKind


def test_capture_keeps_bytes_places_and_dates(mailbox, item, at):
    mailbox.capture([item((b"Inbox", b"1"), b"one", item_from=at, item_to=None, exceptions=("A", "B"))])

    version = Version.objects.get()
    assert mailbox.shows(1) == {(b"Inbox", b"1"): b"one"}
    assert (version.item_from, version.item_to, version.exceptions) == (at, None, "A,B")
    assert (version.first_seen, version.last_seen, version.size_bytes, version.kind) == (1, LIVE, 3, ItemKind.FILE)
    assert Folder.objects.get().display == "Inbox"


def test_capture_of_raw_names_keeps_them(mailbox, item):
    mailbox.capture([item((b"\xff\x00", b"\xfe"), b"x")])

    assert mailbox.shows(1) == {(b"\xff\x00", b"\xfe"): b"x"}
    assert Folder.objects.get().display == "\ufffd\ufffd"


def test_capture_counts_fates(mailbox, item):
    first = mailbox.begin()
    for place, data in ((b"a", b"same"), (b"b", b"same"), (b"c", b"other")):
        first.offer(item=item((place,), data))
    mailbox.finish(first)
    second = mailbox.begin()
    for place, data in ((b"a", b"same"), (b"b", b"other"), (b"c", b"new")):
        second.offer(item=item((place,), data))
    second.offer(item=item((b"d",), b"box", kind=ItemKind.CONTAINER))

    mailbox.finish(second)

    assert dict(first.counts) == {"captured_new": 2, "captured_known": 1}
    assert dict(second.counts) == {"captured_new": 1, "captured_known": 1, "unchanged": 1, "containers_captured": 1}


def test_unchanged_container_is_counted_apart(mailbox, item):
    box = item((b"file",), b"box", kind=ItemKind.CONTAINER)
    mailbox.capture([box])
    again = mailbox.begin()

    again.offer(item=box)

    assert dict(again.counts) == {"containers_unchanged": 1}


def test_unchanged_item_keeps_its_version_and_writes_no_part(mailbox, item):
    mailbox.capture([item((b"a",), b"same")])
    parts = Part.objects.filter(kind=PartKind.DATA).count()

    mailbox.capture([item((b"a",), b"same")])

    assert Version.objects.values_list("first_seen", "last_seen").get() == (1, LIVE)
    assert Part.objects.filter(kind=PartKind.DATA).count() == parts


def test_changed_item_is_closed_and_begins_anew(mailbox, item):
    mailbox.capture([item((b"a",), b"old")])

    mailbox.capture([item((b"a",), b"new")])

    assert list(Version.objects.order_by("pk").values_list("first_seen", "last_seen")) == [(1, 1), (2, LIVE)]
    assert (mailbox.shows(1), mailbox.shows(2)) == ({(b"a",): b"old"}, {(b"a",): b"new"})


def test_item_that_comes_back_begins_anew(mailbox, item):
    kept = item((b"k",), b"kept")
    mailbox.capture([kept, item((b"a",), b"same")])
    mailbox.capture([kept])

    mailbox.capture([kept, item((b"a",), b"same")])

    shown = [mailbox.shows(sequence).get((b"a",)) for sequence in (1, 2, 3)]
    assert shown == [b"same", None, b"same"]


def test_equal_content_is_stored_once(mailbox, item):
    mailbox.capture([item((b"x", b"1"), b"same"), item((b"y", b"1"), b"same")])

    assert Content.objects.filter(content_digest=sha256(b"same").digest()).count() == 1
    assert Part.objects.filter(kind=PartKind.DATA).count() == 1
    assert Version.objects.count() == 2


def test_empty_content_is_only_a_recipe(mailbox, item):
    mailbox.capture([item((b"a",), b"")])

    content = Content.objects.get(content_digest=sha256(b"").digest())
    [(ordinal, part_id)] = ContentPart.objects.filter(content_id=content.pk).values_list("ordinal", "part_id")
    assert (ordinal, Part.objects.get(pk=part_id).kind) == (-1, PartKind.RECIPE)
    assert mailbox.shows(1) == {(b"a",): b""}


def test_large_content_is_streamed_into_several_packs(mailbox, item, monkeypatch):
    monkeypatch.setattr("legalhold.catalog.capture.capturing.BATCH_BYTES", 3 << 20)
    monkeypatch.setattr(contents, "BATCH_BYTES", 3 << 20)
    monkeypatch.setattr(streaming, "WINDOW_BYTES", 2 << 20)
    data = randomness.Random(1).randbytes(20 << 20)
    large = item((b"a",), data, kind=ItemKind.MESSAGE)

    capture = mailbox.begin()
    capture.offer(item=large)
    mailbox.finish(capture)
    again = mailbox.begin()
    again.offer(item=large)
    again.offer(item=item((b"b",), data))
    mailbox.finish(again)

    content = Content.objects.get(content_digest=sha256(data).digest())
    packs = Part.objects.filter(kind=PartKind.DATA).values_list("pack_id", flat=True).distinct().count()
    assert packs == 2
    assert mailbox.read(sha256(data).digest()) == data
    assert mailbox.read(sha256(data).digest(), start=5 << 20, stop=(5 << 20) + 10) == data[5 << 20 : (5 << 20) + 10]
    assert ItemFacts.objects.filter(content_id=content.pk).count() == 1
    assert dict(capture.counts) == {"captured_new": 1}
    assert dict(again.counts) == {"unchanged": 1, "captured_known": 1}


def test_large_content_that_changes_while_read_is_not_captured(mailbox, monkeypatch, item):
    monkeypatch.setattr("legalhold.catalog.capture.capturing.BATCH_BYTES", 10)
    monkeypatch.setattr(contents, "BATCH_BYTES", 10)
    texts = [b"first reading", b"the same reading", b"quite another"]
    streams = iter([io.BytesIO(text) for text in texts])
    changing = item((b"a",), b"", open=lambda: next(streams))
    capture = mailbox.begin()
    sweep_once(monkeypatch)

    with pytest.raises(ItemNotReadable, match="changed between two readings"):
        capture.offer(item=changing)

    assert Version.objects.count() == 0


def sweep_once(monkeypatch) -> None:
    """Make the first commit find that a part it relied on is gone."""
    from legalhold.catalog.capture import committing, storing

    keep = committing.keep_contents
    calls = []

    def keep_contents(**arguments):
        calls.append(1)
        if len(calls) == 1:
            raise committing.PartsGone("swept")
        return keep(**arguments)

    monkeypatch.setattr(storing, "keep_contents", keep_contents)


def test_container_shares_parts_with_its_items(mailbox, item):
    whole = b"From x\nhello world\n\nFrom y\nsecond\n"
    slices = [item((b"m", b"1"), b"hello world\n"), item((b"m", b"2"), b"second\n")]
    box = item((b"m", b"file"), whole, kind=ItemKind.CONTAINER, cuts=(7, 19, 27))

    mailbox.capture([*slices, box])

    assert mailbox.read(sha256(whole).digest()) == whole
    assert Part.objects.filter(kind=PartKind.DATA).count() == 4


def test_facts_are_kept_of_messages_only(mailbox, item):
    message = b"Subject: Q1\r\nFrom: Bob <bob@example.org>\r\nTo: ann@example.org\r\n\r\nhello\r\n"
    mailbox.capture([item((b"a",), message, kind=ItemKind.MESSAGE), item((b"b",), b"file")])

    facts = ItemFacts.objects.get()
    assert facts.subject == "Q1"
    assert facts.sender == "Bob <bob@example.org>"
    assert facts.recipients == [["to", "", "ann@example.org"]]


@pytest.mark.parametrize("is_one_capture", [True, False])
def test_message_known_as_a_file_tells_its_facts(mailbox, item, is_one_capture):
    message = b"Subject: Q1\r\nFrom: Bob <bob@example.org>\r\n\r\nhello\r\n"
    file, mail = item((b"a",), message), item((b"b",), message, kind=ItemKind.MESSAGE)
    if not is_one_capture:
        mailbox.capture([file])

    mailbox.capture([file, mail])

    assert ItemFacts.objects.get().subject == "Q1"
    assert Content.objects.filter(size_bytes=len(message)).count() == 1


def test_large_message_known_as_a_file_tells_its_facts(mailbox, monkeypatch, item):
    monkeypatch.setattr("legalhold.catalog.capture.capturing.BATCH_BYTES", 20)
    monkeypatch.setattr(contents, "BATCH_BYTES", 20)
    message = b"Subject: Q1\r\n\r\n" + b"hello\r\n" * 20
    mailbox.capture([item((b"a",), message)])

    mailbox.capture([item((b"a",), message), item((b"b",), message, kind=ItemKind.MESSAGE)])

    assert ItemFacts.objects.get().subject == "Q1"


def test_second_item_at_one_place_is_not_readable(mailbox, item):
    capture = mailbox.begin()
    capture.offer(item=item((b"a",), b"first"))

    with pytest.raises(ItemNotReadable, match="same key"):
        capture.offer(item=item((b"a",), b"second"))

    mailbox.finish(capture)
    assert mailbox.shows(1) == {(b"a",): b"first"}


def test_batches_are_bounded_by_number_and_bytes(mailbox, item, monkeypatch):
    monkeypatch.setattr("legalhold.catalog.capture.batches.BATCH_ITEMS", 2)
    monkeypatch.setattr("legalhold.catalog.capture.batches.BATCH_BYTES", 100)
    capture = mailbox.begin()

    numbers = []
    for key, data in ((b"a", b"1"), (b"b", b"2"), (b"c", b"3" * 200), (b"d", b"4")):
        capture.offer(item=item((key,), data))
        numbers.append(Version.objects.count())

    assert numbers == [0, 2, 3, 3]
    mailbox.finish(capture)
    assert Version.objects.count() == 4


def test_packs_have_rows_names_and_lengths_of_their_files(mailbox, item):
    mailbox.capture([item((b"a",), b"one")])

    packs = {pack.name: pack for pack in Pack.objects.all()}
    assert sorted(packs) == list(mailbox.archive.store.names(prefix="packs/"))
    for name, pack in packs.items():
        reader = PackReader(store=mailbox.archive.store, name=name, keys=mailbox.archive.keys)
        assert pack.length == mailbox.archive.store.size(name=name)
        assert (pack.state, pack.lease_until, pack.key_group) == ("live", None, "organisation")
        stored = (
            Part.objects.filter(pack_id=pack.pk)
            .order_by("offset")
            .values_list("kind", "part_digest", "offset", "length")
        )
        assert [(entry.kind, entry.digest, entry.offset, entry.length) for entry in reader.entries()] == list(stored)


def test_snapshot_keeps_custody_and_ledger(mailbox, item):
    mailbox.capture([item((b"a",), b"one")], ledger={"items_found": 1})

    snapshot = Snapshot.objects.get()
    assert snapshot.custody == {"method": "test"}
    assert snapshot.ledger == {"items_found": 1, "closed": 0}
    assert (snapshot.state, snapshot.sequence) == ("complete", 1)


def test_stream_that_gives_little_at_a_time_is_read_to_its_end(mailbox, item):
    class Slow(io.RawIOBase):
        left = b"abc"

        def read(self, size=-1):
            first, self.left = self.left[:1], self.left[1:]
            return first

    mailbox.capture([item((b"a",), b"abc", open=Slow)])

    assert mailbox.shows(1) == {(b"a",): b"abc"}


def test_content_cut_anew_keeps_apart_its_recipe_and_a_part_of_the_same_digest(mailbox, item):
    """A part's digest may be another content's: the kind tells a recipe from the bytes themselves."""
    inner = b"hello world"
    mailbox.capture([item((b"file",), b"From x" + inner, kind=ItemKind.CONTAINER, cuts=(6,))])

    mailbox.capture([item((b"b",), inner, cuts=(5,))])

    digest = sha256(inner).digest()
    assert sorted(Part.objects.filter(part_digest=digest).values_list("kind", flat=True)) == [
        PartKind.DATA,
        PartKind.RECIPE,
    ]
    assert mailbox.read(digest) == inner
