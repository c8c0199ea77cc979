"""What anchors say: each source by itself, and that a configured one is where it was."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from legalhold.archive import canonical_json
from legalhold.audit.anchors import AnchorUnwritable, read_file, read_journal
from legalhold.audit.merkle import leaf_digest
from legalhold.audit.models import AuditEvent, SealedEvent, TreeHead
from legalhold.audit.services import seal, verify


@pytest.fixture
def whats(key, anchor):
    def whats():
        anchors = read_file(path=anchor) if anchor.exists() else ()
        return [finding.what for finding in verify(public=key.public, anchors=anchors, configured=anchor).findings]

    return whats


def test_old_anchor_hides_nothing_that_was_changed_since(trail, key, anchor, at, note, forging, whats):
    with forging() as execute:
        for table in ("audit_auditevent", "audit_sealedevent", "audit_treehead"):
            execute(f"DELETE FROM {table}")
    for start in (20, 30, 40):
        note(*range(start, start + 5))
        seal(key=key, at=at + timedelta(minutes=start + 5), anchor=anchor)
    before = whats()
    event = AuditEvent.objects.get(pk=SealedEvent.objects.get(position=11).event_id)
    body = canonical_json({"forged": True})

    with forging() as execute:
        execute(
            "UPDATE audit_auditevent SET body = %s, leaf_digest = %s WHERE id = %s",
            [body, leaf_digest(body), event.pk],
        )
        execute("UPDATE audit_sealedevent SET leaf_digest = %s WHERE position = 11", [leaf_digest(body)])
    after = whats()

    where = "an event between positions {} was changed, added, removed or moved"
    assert before == [
        f"the head of 5 events kept in heads.jsonl line 1 doesn't fit the events: {where.format('0 and 4')}"
    ]
    assert before[0] in after
    assert f"the head of 15 events doesn't fit the events: {where.format('10 and 14')}" in after


def test_configured_anchor_that_is_whole_is_no_finding(trail, whats):
    assert whats() == []


def test_configured_anchor_before_the_first_sealing_is_no_finding(db, whats):
    assert whats() == []


def test_configured_anchor_after_the_first_sealing_is_no_finding(note, key, at, anchor, whats):
    anchor.parent.mkdir()
    note(1)
    seal(key=key, at=at, anchor=anchor)

    assert whats() == []


def test_configured_anchor_that_was_removed_is_found(trail, anchor, whats):
    anchor.unlink()

    assert whats() == [f"the anchor {anchor} is missing, though the trail was sealed 3 times"]


def test_anchor_that_was_removed_is_not_made_anew_and_the_trail_is_sealed(trail, key, at, anchor, archive):
    anchor.unlink()

    with pytest.raises(AnchorUnwritable, match=r"is missing, though .* touch .*heads\.jsonl"):
        seal(key=key, at=at, anchor=anchor, archive=archive)

    assert not anchor.exists()
    assert TreeHead.objects.count() == 4
    assert [head.size for head in read_journal(archive=archive)][-1] == 13


def test_anchor_that_was_begun_anew_is_found_until_it_keeps_an_older_head(trail, key, at, anchor, note, whats):
    anchor.write_bytes(b"")
    seal(key=key, at=at, anchor=anchor)
    first = whats()
    note(14)
    seal(key=key, at=at, anchor=anchor)

    assert first == [f"the anchor {anchor} keeps no head before the newest: it was begun anew, or is a new one"]
    assert whats() == []


def test_anchor_written_in_pieces_is_whole(trail, key, at, anchor, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data)[:40]))

    seal(key=key, at=at, anchor=anchor)

    assert [head.size for head in read_file(path=anchor)] == [5, 10, 12, 13]
