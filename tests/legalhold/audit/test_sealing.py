"""What is committed is sealed, once, late commits included; heads are signed and anchored."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from legalhold.archive import failpoints
from legalhold.audit import sealing
from legalhold.audit.anchors import AnchorUnwritable, append_to_file, read_file, read_journal
from legalhold.audit.merkle import root_of
from legalhold.audit.models import AuditEvent, SealedEvent, TreeHead
from legalhold.audit.sealing import TrailDamaged
from legalhold.audit.services import create_signing_key, record, seal, verify
from legalhold.database import rows
from legalhold.journal import services as journal
from legalhold.journal.models import OutboxEntry


def leaves():
    return [bytes(leaf) for leaf in SealedEvent.objects.order_by("position").values_list("leaf_digest", flat=True)]


def test_nothing_recorded_seals_nothing(key, at):
    assert seal(key=key, at=at) is None
    assert TreeHead.objects.count() == 0


def test_head_is_the_root_of_everything_sealed(trail, key, at):
    heads = list(TreeHead.objects.order_by("size"))

    assert [head.size for head in heads] == [5, 10, 12]
    assert [bytes(head.root_digest) for head in heads] == [root_of(leaves()[:size]) for size in (5, 10, 12)]
    assert [entry.position for entry in SealedEvent.objects.order_by("position")] == list(range(12))


def test_sealing_again_seals_what_is_new_and_then_nothing(trail, key, at):
    first, second = seal(key=key, at=at), seal(key=key, at=at)

    assert (first.size, second) == (13, None)
    assert verify(public=key.public).is_good


def test_batches_give_a_head_each(note, key, at, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 4)
    note(*range(10))

    head = seal(key=key, at=at)

    assert head.size == 10
    assert [each.size for each in TreeHead.objects.order_by("size")] == [4, 8, 10]
    assert verify(public=key.public).is_good


def commit_late(forging):
    """Take the first event out of the table, and give back what puts it in again under its smaller id."""
    names = ("id", "key", "at", "actor", "verb", "subject_kind", "subject_key", "matter_key", "body", "leaf_digest")
    columns = ", ".join(names)
    (late,) = rows.fetch(f"SELECT {columns} FROM audit_auditevent ORDER BY id LIMIT 1")
    with forging() as execute:
        execute("DELETE FROM audit_auditevent WHERE id = %s", [late[0]])
    return lambda: rows.insert_rows(table="audit_auditevent", columns=names, rows=[late])


def test_event_committed_late_with_a_smaller_id_is_sealed(note, key, at, forging):
    note(1, 2, 3)
    commit = commit_late(forging)
    seal(key=key, at=at)
    commit()

    head = seal(key=key, at=at)

    assert head.size == 3
    assert verify(public=key.public).unsealed == 0


def test_event_committed_later_than_the_reach_is_sealed_by_a_whole_look(note, key, at, forging):
    note(1, 2, 3)
    commit = commit_late(forging)
    seal(key=key, at=at)
    commit()

    assert seal(key=key, at=at, reach=0) is None
    assert verify(public=key.public).unsealed == 1
    assert seal(key=key, at=at, reach=None).size == 3


def test_concurrent_sealers_and_writers_lose_nothing(transactional_db, tmp_path, random, at):
    key = create_signing_key(path=tmp_path / "audit.key", random=random)
    is_over = threading.Event()

    def run(act):
        def body():
            try:
                act()
            finally:
                connection.close()

        thread = threading.Thread(target=body)
        thread.start()
        return thread

    def write():
        for number in range(20):
            with transaction.atomic():
                record(verb="thing.done", by="t", at=at, subject_kind="thing", subject_key=str(number))

    def keep_sealing():
        while not is_over.is_set():
            seal(key=key, at=at)

    writers = [run(write) for _ in range(3)]
    sealers = [run(keep_sealing) for _ in range(2)]
    for thread in writers:
        thread.join()
    is_over.set()
    for thread in sealers:
        thread.join()
    seal(key=key, at=at)

    result = verify(public=key.public)
    assert (result.sealed, result.unsealed, result.findings) == (60, 0, ())
    assert AuditEvent.objects.count() == 60


@pytest.mark.parametrize("point", ["audit.before_seal", "audit.after_seal"])
def test_sealing_interrupted_goes_on(note, key, at, anchor, point):
    class Crash(BaseException):
        pass

    def gone():
        raise Crash

    anchor.parent.mkdir()
    note(1, 2)
    failpoints.arm(name=point, action=gone)
    with pytest.raises(Crash):
        seal(key=key, at=at, anchor=anchor)
    failpoints.disarm()

    seal(key=key, at=at, anchor=anchor)

    result = verify(public=key.public, anchors=read_file(path=anchor))
    assert (result.sealed, result.anchors, result.findings) == (2, 1, ())


def test_sealing_refuses_to_go_on_from_a_head_of_another_key(trail, tmp_path, random, at):
    other = create_signing_key(path=tmp_path / "other.key", random=random)

    with pytest.raises(TrailDamaged, match="isn't signed with this key"):
        seal(key=other, at=at)

    assert SealedEvent.objects.count() == 12


@pytest.mark.parametrize("frontier", ["00" * 64, "00" * 32])
def test_sealing_refuses_to_go_on_from_another_edge(trail, key, at, forging, frontier):
    with forging() as execute:
        execute("UPDATE audit_treehead SET frontier = %s WHERE size = 12", [bytes.fromhex(frontier)])

    with pytest.raises(TrailDamaged, match="audit verify"):
        seal(key=key, at=at)

    assert SealedEvent.objects.count() == 12


def test_anchor_file_has_a_line_per_sealing(trail, anchor):
    lines = [json.loads(line) for line in anchor.read_bytes().splitlines()]

    assert [line["size"] for line in lines] == [5, 10, 12]
    assert sorted(lines[0]) == ["root", "sealed_at", "signature", "size"]
    assert anchor.stat().st_mode & 0o777 == 0o600


def test_head_that_is_the_last_line_is_not_added_again(trail, anchor):
    assert append_to_file(path=anchor, head=TreeHead.objects.get(size=12), may_create=False) is False
    assert append_to_file(path=anchor, head=TreeHead.objects.get(size=5), may_create=False) is True
    assert len(anchor.read_bytes().splitlines()) == 4


def test_line_that_a_crash_cut_off_is_named_and_the_next_begins_anew(trail, key, anchor, at):
    anchor.write_bytes(anchor.read_bytes()[:-20])

    seal(key=key, at=at, anchor=anchor)

    result = verify(public=key.public, anchors=read_file(path=anchor))
    assert [finding.what for finding in result.findings] == ["the head kept in heads.jsonl line 3 can't be read"]
    assert [each.size for each in read_file(path=anchor)] == [5, 10, -1, 13]


def test_anchor_that_cannot_be_written_says_so_and_the_trail_is_sealed(note, key, at, anchor):
    note(1)

    with pytest.raises(AnchorUnwritable, match=r"heads\.jsonl"):
        seal(key=key, at=at, anchor=anchor)
    anchor.parent.mkdir()
    seal(key=key, at=at, anchor=anchor)

    assert [each.size for each in read_file(path=anchor)] == [1]


def test_head_is_anchored_in_the_journal(note, key, at, archive):
    note(1, 2)
    seal(key=key, at=at, archive=archive)
    note(3)
    seal(key=key, at=at, archive=archive)

    anchors = list(read_journal(archive=archive))

    assert [(each.size, each.where) for each in anchors] == [(2, "journal/000000000001"), (3, "journal/000000000002")]
    assert verify(public=key.public, anchors=anchors).is_good


def test_journal_entries_of_other_rooms_are_no_anchors(db, at, archive):
    journal.append(verb="thing.done", payload={}, at=at)
    journal.flush(archive=archive)

    assert list(read_journal(archive=archive)) == []


def test_frozen_journal_does_not_stop_sealing(note, key, at, archive):
    note(1)
    journal.freeze(because="older copy.")

    head = seal(key=key, at=at + timedelta(minutes=1), archive=archive)

    assert head.size == 1
    assert OutboxEntry.objects.count() == 0


def test_frozen_catalog_anchors_nothing_until_it_is_confirmed(note, key, at, anchor):
    anchor.parent.mkdir()
    note(1)
    seal(key=key, at=at, anchor=anchor)
    journal.freeze(because="older copy.")
    note(2)

    seal(key=key, at=at, anchor=anchor)

    assert [each.size for each in read_file(path=anchor)] == [1]
    rows.execute("UPDATE journal_journalhead SET frozen_because = '' WHERE id = 1", [])
    seal(key=key, at=at, anchor=anchor)
    assert [each.size for each in read_file(path=anchor)] == [1, 2]
