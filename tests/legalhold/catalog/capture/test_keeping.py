"""Contents kept for rooms above: stored, journaled and kept in one commit, also against a sweep that is faster."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from legalhold.archive import failpoints
from legalhold.catalog.capture.keeping import keep_content
from legalhold.catalog.destruction.sweep import _sweep_contents, _sweep_parts, mark_dead
from legalhold.catalog.models import Content, ContentPart, KeptContent, Part
from legalhold.database import gate, guard, rows
from legalhold.journal.models import OutboxEntry

PARTS = (b"first ", b"second")
WHOLE = b"".join(PARTS)
DIGEST = sha256(WHOLE).digest()


@pytest.fixture(autouse=True)
def _disarmed():
    yield
    failpoints.disarm()


@pytest.fixture
def keep(db, archive, clock):
    def keep(then=lambda digest: digest, owner="export:1"):
        return keep_content(owner=owner, parts=lambda: iter(PARTS), archive=archive, at=clock.now, now=clock, then=then)

    return keep


def sweep(at, digest: bytes) -> None:
    """What a run does that found a content and its parts dead."""
    content = Content.objects.get(content_digest=digest)
    parts = ContentPart.objects.filter(content_id=content.pk).values_list("part_id", flat=True)
    _sweep_contents([content.pk], at)
    _sweep_parts(list(parts))


def test_kept_content_is_stored_journaled_and_given_to_who_asked(keep, mailbox):
    assert keep() == DIGEST

    row = KeptContent.objects.get()
    assert (row.owner, row.content_id, row.ended_at) == ("export:1", Content.objects.get().pk, None)
    entry = OutboxEntry.objects.get(verb="content.kept")
    assert json.loads(bytes(entry.payload)) == {"content": DIGEST.hex(), "owner": "export:1"}
    assert mailbox.read(DIGEST) == WHOLE


def test_what_fails_in_its_commit_keeps_nothing(keep):
    def fail(_digest):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        keep(then=fail)

    assert (KeptContent.objects.count(), Content.objects.count(), OutboxEntry.objects.count()) == (0, 0, 0)


def test_kept_content_that_was_dead_lives_again_and_is_not_swept(keep, clock, mailbox):
    keep()
    Content.objects.update(dead_at=clock.now)
    Part.objects.update(dead_at=clock.now)

    keep(owner="export:2")
    sweep(clock.now, DIGEST)

    assert (Content.objects.count(), KeptContent.objects.count(), mailbox.read(DIGEST)) == (1, 2, WHOLE)


def test_kept_content_whose_part_is_swept_before_its_commit_is_stored_again(keep, mailbox, item):
    """A capture had stored the same bytes, and what it captured is gone since."""
    mailbox.capture([item((b"a",), PARTS[0])])
    content_id = Content.objects.get(content_digest=sha256(PARTS[0]).digest()).pk
    with guard.shared(), gate.opened():
        rows.execute("DELETE FROM catalog_version WHERE content_id = %s", [content_id])
        assert mark_dead(contents=[content_id], at=mailbox.clock.now) == 1
    failpoints.arm(name="capture.before_commit", action=lambda: sweep(mailbox.clock.now, sha256(PARTS[0]).digest()))

    keep()

    assert mailbox.read(DIGEST) == WHOLE
    assert not Content.objects.filter(pk=content_id).exists()
