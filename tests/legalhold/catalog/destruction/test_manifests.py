"""Names of what was destroyed leave the manifests, and through them the packs; everything else stays in them."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest

from legalhold.approvals.confirmation import Confirmation
from legalhold.archive import (
    AddedRow,
    ClosedRow,
    ListedFolder,
    SnapshotManifest,
    decode_manifest,
    failpoints,
)
from legalhold.catalog.capture import Capture, begin_snapshot, finish_partial
from legalhold.catalog.destruction import manifests, plan_removal, remove_source
from legalhold.catalog.models import (
    LIVE,
    Content,
    Folder,
    Snapshot,
    Tombstone,
    Version,
)
from legalhold.connectors import RawItem
from legalhold.formats import ItemKind
from legalhold.journal.models import OutboxEntry
from tests.acting import ACCESS
from tests.legalhold.catalog.destruction.conftest import ITEMS, KEYS, plain_packs


def rows_of(archive, source, sequence) -> dict[str, list]:
    content = Snapshot.objects.get(source=source, sequence=sequence).manifest_content
    rows = list(decode_manifest(manifests._chunks(content, archive)))
    return {
        "heads": [row for row in rows if isinstance(row, SnapshotManifest)],
        "listed": [row.folder for row in rows if isinstance(row, ListedFolder)],
        "added": [row.item_key for row in rows if isinstance(row, AddedRow)],
        "closed": [row.item_key for row in rows if isinstance(row, ClosedRow)],
    }


def test_full_run_leaves_no_name_and_no_byte_of_what_was_destroyed(three, compact, archive):
    before = rows_of(archive, three, 1)
    assert before["added"] == KEYS
    assert KEYS[0] in plain_packs(archive)

    run = compact(is_full=True)

    assert run.counts["versions_destroyed"] == 4
    assert run.counts["manifests_rewritten"] == 3
    after = [rows_of(archive, three, number) for number in (1, 2, 3)]
    assert after[0] == {**before, "added": KEYS[4:]}
    assert [rows["closed"] for rows in after] == [[], [], []]
    whole = plain_packs(archive)
    assert not any(key in whole or ITEMS[key] in whole for key in KEYS[:4])
    assert all(key in whole and ITEMS[key] in whole for key in KEYS[4:])


def test_rewritten_manifests_are_journaled_by_their_digest(three, compact):
    compact(is_full=True)

    entries = [
        json.loads(bytes(row.payload)) for row in OutboxEntry.objects.filter(verb="manifest.rewritten").order_by("pk")
    ]
    digests = []
    for number in (1, 2, 3):
        content = Content.objects.get(pk=Snapshot.objects.get(sequence=number).manifest_content)
        digests.append({"source": str(three.key), "sequence": number, "manifest": bytes(content.content_digest).hex()})
    assert entries == digests


def test_held_versions_stay_in_their_manifests(house, three, compact, archive):
    held = Version.objects.get(item_key=KEYS[0])
    house.freeze(held)

    compact(is_full=True)

    rows = [rows_of(archive, three, number) for number in (1, 2, 3)]
    assert [each["added"] for each in rows] == [[KEYS[0], *KEYS[4:]], [], []]
    assert [each["closed"] for each in rows] == [[], [KEYS[0]], []]


def test_incremental_run_rewrites_only_after_its_time(three, compact, wait, archive):
    compact()
    assert rows_of(archive, three, 1)["added"] == KEYS
    assert Tombstone.objects.filter(forgotten_at=None).count() == 4
    wait(29)
    compact()
    assert rows_of(archive, three, 1)["added"] == KEYS
    wait(2)

    compact()

    assert rows_of(archive, three, 1)["added"] == KEYS[4:]
    assert Tombstone.objects.filter(forgotten_at=None).count() == 0


def test_manifest_without_anything_destroyed_is_left(three, compact, archive):
    before = Snapshot.objects.get(source=three, sequence=3).manifest_content
    compact(is_full=True)
    Tombstone.objects.update(forgotten_at=None)
    contents = sorted(Content.objects.values_list("pk", flat=True))

    run = compact(is_full=True)

    assert sorted(Content.objects.values_list("pk", flat=True)) == contents
    assert "manifests_rewritten" not in run.counts
    assert before not in contents


@pytest.mark.parametrize("is_compacted_before", [True, False])
def test_removed_source_leaves_nothing_but_tombstones(three, compact, archive, clock, is_compacted_before):
    if is_compacted_before:
        compact(is_full=True)
    removal = plan_removal(source=three, access=ACCESS)
    remove_source(source=three, archive=archive, approval=Confirmation(removal.digest), access=ACCESS, at=clock())

    compact(is_full=True)

    assert (Version.objects.count(), Folder.objects.count(), Tombstone.objects.count()) == (0, 0, 6)
    assert set(Tombstone.objects.filter(last_seen=LIVE).values_list("because", flat=True)) == {"source removed"}
    whole = plain_packs(archive)
    assert b"Inbox" not in whole
    assert not any(key in whole or data in whole for key, data in ITEMS.items())
    assert [rows_of(archive, three, number)["added"] for number in (1, 2, 3)] == [[], [], []]


def test_snapshot_that_only_listed_folders_of_a_removed_source_forgets_them(mailbox, compact, archive, clock):
    mailbox(*KEYS)
    mailbox(*KEYS)
    removal = plan_removal(source=mailbox.source, access=ACCESS)
    approval = Confirmation(removal.digest)
    remove_source(source=mailbox.source, archive=archive, approval=approval, access=ACCESS, at=clock())

    run = compact(is_full=True)

    assert (run.counts["manifests_rewritten"], rows_of(archive, mailbox.source, 2)["listed"]) == (2, [])
    assert b"Inbox" not in plain_packs(archive)
    assert "manifests_rewritten" not in compact(is_full=True).counts


def test_source_removed_after_all_of_it_went_leaves_no_folder_name(three, mailbox, house, compact, archive, clock):
    mailbox()
    house.expire(three, 3)
    compact(is_full=True)
    assert Version.objects.count() == 0
    removal = plan_removal(source=three, access=ACCESS)
    remove_source(source=three, archive=archive, approval=Confirmation(removal.digest), access=ACCESS, at=clock())

    compact(is_full=True)

    assert (Folder.objects.count(), b"Inbox" in plain_packs(archive)) == (0, False)


def test_names_destroyed_while_their_snapshot_was_being_finished_are_forgotten_by_the_next_run(
    house, compact, archive, clock
):
    """The manifest was put together before its versions went, and was committed after."""
    source = house.source()
    at = clock.advance(timedelta(minutes=1))
    taking = Capture(archive=archive, snapshot=begin_snapshot(source=source, taken_at=at, custody={}, at=at), now=clock)
    data = ITEMS[KEYS[0]]
    columns = {"kind": ItemKind.FILE, "item_from": None, "item_to": None, "size_bytes": len(data)}
    taking.offer(item=RawItem(folder=(), key=KEYS[0], name=KEYS[0], open=lambda: io.BytesIO(data), **columns))
    taking.flush()

    def remove_and_compact():
        failpoints.disarm()
        approval = Confirmation(plan_removal(source=source, access=ACCESS).digest)
        remove_source(source=source, archive=archive, approval=approval, access=ACCESS, at=clock())
        compact(is_full=True)

    failpoints.arm(name="capture.before_complete", action=remove_and_compact)
    finish_partial(archive=archive, snapshot=taking.snapshot, ledger={}, at=at, now=clock, then=lambda _finished: None)
    assert Tombstone.objects.count() == 1
    assert KEYS[0] in plain_packs(archive)

    compact(is_full=True)

    assert KEYS[0] not in plain_packs(archive)
    assert Tombstone.objects.filter(forgotten_at=None).count() == 0


def test_manifest_switched_by_another_run_is_left_to_it(three, compact, archive, monkeypatch):
    switch = manifests._switch
    switched = []

    def switch_twice(rewritten, kept, running):
        switched.append(switch(rewritten, kept, running))
        return switch(rewritten, kept, running)

    monkeypatch.setattr(manifests, "_switch", switch_twice)
    run = compact(is_full=True)

    assert run.counts["manifests_rewritten"] == 3
    assert OutboxEntry.objects.filter(verb="manifest.rewritten").count() == 3
    named = set(Snapshot.objects.values_list("manifest_content", flat=True))
    assert named <= set(Content.objects.values_list("pk", flat=True))


def test_snapshot_without_manifest_is_passed_over(house, compact, clock):
    source = house.source(snapshots=3)
    house.expire(source, 1)
    house.version(source, 1, 1)

    run = compact()
    clock.advance(timedelta(days=40))
    compact()

    assert "manifests_rewritten" not in run.counts
    assert Tombstone.objects.filter(forgotten_at=None).count() == 0


def test_bytes_left_are_those_of_an_archive_that_never_had_more(three, compact, archive, mailbox):
    compact(is_full=True)

    stored = sum(archive.store.size(name=name) for name in archive.store.names(prefix="packs/"))
    living = sum(len(ITEMS[key]) for key in KEYS[4:])
    manifests_raw = sum(
        Content.objects.filter(pk__in=Snapshot.objects.values("manifest_content")).values_list("size_bytes", flat=True)
    )
    assert stored < living + manifests_raw + 2_000
