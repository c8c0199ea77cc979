"""Captures against sweeps and condemned packs: whatever is taken away before the commit is stored again."""

from __future__ import annotations

import io
from datetime import timedelta
from hashlib import sha256

import pytest

from legalhold.archive import failpoints
from legalhold.catalog.capture import CaptureContended, SourceNotActive, committing
from legalhold.catalog.destruction.sweep import _sweep_contents, _sweep_parts, mark_dead
from legalhold.catalog.models import Content, ContentPart, Folder, ItemFacts, Pack, Part, Source, Version
from legalhold.connectors import ItemNotReadable
from legalhold.database import gate, guard, rows
from legalhold.formats import ItemKind

MESSAGE = b"Subject: hello\r\n\r\nbody\r\n"
DIGEST = sha256(MESSAGE).digest()


@pytest.fixture(autouse=True)
def _disarmed():
    yield
    failpoints.disarm()


@pytest.fixture
def abandoned(mailbox, item) -> int:
    """A content that nothing refers to any more and that is marked dead, with its part; returns its id."""
    mailbox.capture([item((b"a",), MESSAGE, kind=ItemKind.MESSAGE), item((b"k",), b"kept")])
    content_id = Content.objects.get(content_digest=DIGEST).pk
    with guard.shared(), gate.opened():
        rows.execute("DELETE FROM catalog_version WHERE content_id = %s", [content_id])
        assert mark_dead(contents=[content_id], at=mailbox.clock.now) == 1
    assert part_of(content_id).dead_at is not None
    return content_id


def part_of(content_id: int) -> Part:
    return Part.objects.get(pk=ContentPart.objects.get(content_id=content_id).part_id)


def sweep(at, content_id: int) -> list[int]:
    """Sweep a dead content and its part, as a compactor does; returns how many went."""
    part_id = part_of(content_id).pk
    return [_sweep_contents([content_id], at), _sweep_parts([part_id])]


@pytest.mark.parametrize("name", ["capture.looked_up", "capture.before_commit"])
def test_content_swept_after_its_look_up_is_stored_again(mailbox, item, abandoned, name):
    swept = []
    failpoints.arm(name=name, action=lambda: swept.append(sweep(mailbox.clock.now, abandoned)))

    mailbox.capture([item((b"b",), MESSAGE, kind=ItemKind.MESSAGE), item((b"k",), b"kept")])

    assert swept == [[1, 1]]
    assert mailbox.shows(2) == {(b"b",): MESSAGE, (b"k",): b"kept"}
    assert ItemFacts.objects.get(content_id=Content.objects.get(content_digest=DIGEST).pk).subject == "hello"


def test_content_swept_but_for_its_part_is_made_again_of_it(mailbox, item, abandoned):
    """Its facts went with it, and its bytes were never looked at again: they are read when it is inserted."""
    failpoints.arm(name="capture.before_commit", action=lambda: _sweep_contents([abandoned], mailbox.clock.now))
    parts = Part.objects.filter(part_digest=DIGEST).values_list("pk", flat=True).get()

    mailbox.capture([item((b"b",), MESSAGE, kind=ItemKind.MESSAGE), item((b"k",), b"kept")])

    content = Content.objects.get(content_digest=DIGEST)
    assert content.pk != abandoned
    assert part_of(content.pk).pk == parts
    assert ItemFacts.objects.get(content_id=content.pk).subject == "hello"


def test_dead_content_and_part_that_are_used_again_live(mailbox, item, abandoned):
    mailbox.capture([item((b"b",), MESSAGE), item((b"k",), b"kept")])

    content = Content.objects.get(content_digest=DIGEST)
    assert (content.pk, content.dead_at, part_of(content.pk).dead_at) == (abandoned, None, None)
    assert [_sweep_contents([abandoned], mailbox.clock.now), _sweep_parts([part_of(abandoned).pk])] == [0, 0]


def test_dead_part_that_another_content_uses_again_lives(mailbox, item, abandoned):
    part_id = part_of(abandoned).pk
    box = b"From x\n" + MESSAGE

    mailbox.capture([item((b"file",), box, kind=ItemKind.CONTAINER, cuts=(7,)), item((b"k",), b"kept")])

    assert Part.objects.get(pk=part_id).dead_at is None
    assert _sweep_contents([abandoned], mailbox.clock.now) == 1
    assert _sweep_parts([part_id]) == 0
    assert mailbox.read(sha256(box).digest()) == box


def test_streamed_content_whose_part_is_swept_is_stored_again(mailbox, item, abandoned, monkeypatch):
    monkeypatch.setattr("legalhold.catalog.capture.capturing.BATCH_BYTES", 10)
    monkeypatch.setattr("legalhold.catalog.capture.contents.BATCH_BYTES", 10)
    failpoints.arm(name="capture.before_commit", action=lambda: sweep(mailbox.clock.now, abandoned))

    mailbox.capture([item((b"b",), MESSAGE), item((b"k",), b"kept")])

    assert mailbox.shows(2) == {(b"b",): MESSAGE, (b"k",): b"kept"}


def test_streamed_content_that_changes_between_readings_is_not_captured(mailbox, item, abandoned, monkeypatch):
    monkeypatch.setattr("legalhold.catalog.capture.capturing.BATCH_BYTES", 10)
    monkeypatch.setattr("legalhold.catalog.capture.contents.BATCH_BYTES", 10)
    failpoints.arm(name="capture.before_commit", action=lambda: sweep(mailbox.clock.now, abandoned))
    readings = iter([MESSAGE, MESSAGE, b"quite something else"])
    changing = item((b"b",), MESSAGE, open=lambda: io.BytesIO(next(readings)))
    capture = mailbox.begin()

    with pytest.raises(ItemNotReadable, match="changed between two readings"):
        capture.offer(item=changing)

    assert Version.objects.filter(item_key=b"b").count() == 0


def test_commit_that_loses_every_race_says_so(mailbox, item, abandoned, monkeypatch):
    capture = mailbox.begin()
    capture.offer(item=item((b"b",), MESSAGE))
    monkeypatch.setattr("legalhold.catalog.capture.storing.TRIES", 1)
    failpoints.arm(name="capture.before_commit", action=lambda: sweep(mailbox.clock.now, abandoned))

    with pytest.raises(CaptureContended, match="1 commits in a row"):
        capture.flush()

    assert Version.objects.filter(item_key=b"b").count() == 0


def test_pack_condemned_before_its_commit_is_written_again(mailbox, item):
    """A `writing` pack whose lease is over is condemned; the commit that would make it live must not."""

    def condemn() -> None:
        with guard.shared(), gate.opened():
            rows.execute("UPDATE catalog_pack SET state = 'condemned' WHERE state = 'writing'")

    failpoints.arm(name="capture.before_commit", action=condemn)

    mailbox.capture([item((b"a",), b"one")])

    assert mailbox.shows(1) == {(b"a",): b"one"}
    assert sorted(Pack.objects.values_list("state", flat=True)) == ["condemned", "live", "live"]
    condemned = Pack.objects.get(state="condemned").pk
    assert Part.objects.filter(pack_id=condemned).count() == 0


def test_second_pack_of_a_commit_renews_the_lease_of_the_first(mailbox, item, monkeypatch):
    monkeypatch.setattr("legalhold.archive.PackWriter.__init__.__kwdefaults__", {"target_bytes": 10})
    leases = []

    def tick() -> None:
        mailbox.clock.advance(timedelta(minutes=10))
        leases.append(list(Pack.objects.filter(state="writing").order_by("pk").values_list("lease_until", flat=True)))

    failpoints.arm(name="capture.pack_file", nth=1, action=tick)
    capture = mailbox.begin()
    capture.offer(item=item((b"a",), b"1" * 100))
    capture.offer(item=item((b"b",), b"2" * 100))
    failpoints.disarm()
    failpoints.arm(name="capture.before_commit", action=tick)
    capture.flush()

    assert len(leases[-1]) == 2
    assert leases[-1][0] == leases[-1][1]


def test_source_removed_meanwhile_gets_nothing_more(mailbox, item):
    capture = mailbox.begin()
    capture.offer(item=item((b"New folder", b"a"), b"one"))
    with guard.exclusive(), gate.opened():
        Source.objects.update(state="removing")

    with pytest.raises(SourceNotActive, match="removing"):
        capture.flush()

    assert (Version.objects.count(), Content.objects.count(), Folder.objects.count()) == (0, 0, 0)
    assert [pack.state for pack in Pack.objects.all()] == ["writing"]


def test_seeded_bug_that_looks_dead_contents_up_and_leaves_them_dead_is_seen(mailbox, item, abandoned, monkeypatch):
    """The mutant that one connection can show; those that need two are raced with real processes."""

    def look_up(digests):
        found = committing.by_digest("SELECT content_digest, id FROM catalog_content WHERE content_digest", digests)
        return {bytes(digest): int(content_id) for digest, content_id in found}

    monkeypatch.setattr(committing, "_revive_contents", look_up)

    mailbox.capture([item((b"b",), MESSAGE), item((b"k",), b"kept")])

    assert Content.objects.get(content_digest=DIGEST).dead_at is not None
