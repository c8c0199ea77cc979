"""A trail that a rebuild began anew: heads of the one before are told apart, and hide nothing of this one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from legalhold.archive import canonical_json
from legalhold.audit.anchors import head_payload, read_file
from legalhold.audit.models import TreeHead
from legalhold.audit.services import record, seal, verify

EARLIER = timedelta(days=2)


@pytest.fixture
def before(key, anchor, note, at):
    """Three heads of the trail before, kept in the anchor; the trail itself is gone with its database."""
    anchor.parent.mkdir()
    lines = []
    sid = transaction.savepoint()
    for number in range(3):
        note(number, at=at - EARLIER)
        seal(key=key, at=at - EARLIER + timedelta(minutes=number + 1))
        lines.append(canonical_json(head_payload(TreeHead.objects.latest("size"))) + b"\n")
    transaction.savepoint_rollback(sid)
    anchor.write_bytes(b"".join(lines))


def begin(key, anchor, note, at, verb="archive.rebuilt"):
    with transaction.atomic():
        record(verb=verb, by="system:tester", at=at, subject_kind="archive", subject_key="", body={})
    for number in range(1, 5):
        note(number, at=at)
    seal(key=key, at=at + timedelta(hours=1), anchor=anchor)


def check(key, anchor):
    return verify(public=key.public, anchors=read_file(path=anchor))


def test_heads_of_the_trail_before_a_rebuild_are_counted_and_no_finding(before, key, anchor, note, at):
    begin(key, anchor, note, at)

    done = check(key, anchor)

    assert (done.is_good, done.sealed, done.anchors, done.earlier, done.begun_anew_at) == (True, 5, 4, 3, at)


def test_without_a_rebuild_each_of_them_is_a_finding(before, key, anchor, note, at):
    """Mutant: a trail that may leave heads aside because somebody says so."""
    begin(key, anchor, note, at, verb="thing.done")

    done = check(key, anchor)

    assert (done.earlier, done.begun_anew_at) == (0, None)
    assert [finding.what.split(" kept in ")[0] for finding in done.findings] == ["the head of 1 events"]


def test_change_after_a_rebuild_is_found_beside_them(before, key, anchor, note, at, forging):
    begin(key, anchor, note, at)
    with forging() as execute:
        execute("UPDATE audit_auditevent SET body = %s WHERE verb = 'thing.done'", [b"{}"])

    assert len([one for one in check(key, anchor).findings if "changed after it was sealed" in one.what]) == 4


def test_head_of_the_trail_before_that_is_not_signed_is_a_finding(before, key, anchor, note, at):
    begin(key, anchor, note, at)
    anchor.write_bytes(anchor.read_bytes().replace(b'"root":"', b'"root":"00', 1))

    assert not check(key, anchor).is_good
