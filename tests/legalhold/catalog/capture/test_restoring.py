"""The catalog made again out of the archive and the journal says the same as the one that was lost."""

from __future__ import annotations

import json

import pytest
from django.apps import apps
from django.db import connection

from legalhold.archive import PartKind
from legalhold.catalog import replay, triggers
from legalhold.catalog.capture import restoring
from legalhold.catalog.capture.restoring import Gathered, ManifestMissing, restore_snapshot
from legalhold.catalog.capture.restoring_packs import restore_packs
from legalhold.catalog.digests import version_digest
from legalhold.catalog.dump import dump
from legalhold.catalog.models import Content, Pack, Part, Snapshot, Source, Tombstone, Version
from legalhold.formats import ItemKind
from legalhold.journal.models import OutboxEntry

TABLES = [model._meta.db_table for model in apps.get_app_config("catalog").get_models()]


def lose_the_catalog() -> None:
    """Empty every table of the catalog, as a lost database would be."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = origin")
    triggers.install(connection=connection)


@pytest.fixture
def journal(mailbox):
    """The journal so far, as (verb, payload); the source is one that a service made."""

    def read():
        made = {"key": str(mailbox.source.key), "name": mailbox.source.name, "kind": mailbox.source.kind}
        entries = OutboxEntry.objects.order_by("pk")
        return [("source.created", made), *((entry.verb, json.loads(bytes(entry.payload))) for entry in entries)]

    return read


def rebuild(mailbox, entries):
    """Replay entries into an empty catalog; returns the packs and snapshots restored."""
    gathered = Gathered()
    for verb, payload in entries:
        gathered.take(verb=verb, payload=payload)
    at = mailbox.clock.now
    packs = restore_packs(archive=mailbox.archive, gathered=gathered, at=at)
    snapshots = []
    for verb, payload in entries:
        if verb == "snapshot.completed":
            snapshots.append(restore_snapshot(archive=mailbox.archive, payload=payload, gathered=gathered, at=at))
        elif verb in replay.HANDLERS:
            replay.HANDLERS[verb](payload, at)
    return packs, snapshots


@pytest.fixture
def history(mailbox, item, at):
    """Three snapshots with everything that a manifest can tell."""
    kept = item(
        (b"Inbox", b"k"),
        b"kept",
        item_from=at,
        item_to=at,
        exceptions=("A", "B"),
        kind=ItemKind.MESSAGE,
        flags=b"cur:2,S",
    )
    mailbox.capture([kept, item((b"Inbox", b"a"), b"old"), item((b"Gone", b"\xff"), b"gone"), item((b"e",), b"")])
    box = item((b"m", b"file"), b"From x\nkept", kind=ItemKind.CONTAINER, cuts=(7,))
    mailbox.capture([kept, item((b"Inbox", b"a"), b"new"), item((b"e",), b""), box], ledger={"items_found": 3})
    capture = mailbox.begin()
    capture.offer(item=item((b"Inbox", b"a"), b"newer"))
    capture.flush()
    mailbox.interrupt(capture)
    return mailbox


def test_rebuilt_catalog_says_the_same(history, journal):
    entries, before = journal(), list(dump())
    shown = [history.shows(sequence) for sequence in (1, 2, 3)]
    lose_the_catalog()

    packs, snapshots = rebuild(history, entries)

    assert list(dump()) == before
    history.source = Source.objects.get()
    assert [history.shows(sequence) for sequence in (1, 2, 3)] == shown
    assert packs.damaged == ()
    assert [(snapshot.versions, snapshot.missing) for snapshot in snapshots] == [(4, ()), (2, ()), (1, ())]


@pytest.mark.parametrize("at_once", [1, 2])
def test_rebuild_in_small_steps_says_the_same(history, journal, monkeypatch, at_once):
    monkeypatch.setattr(restoring, "ROWS_AT_ONCE", at_once)
    entries, before = journal(), list(dump())
    lose_the_catalog()

    rebuild(history, entries)

    assert list(dump()) == before


def test_capture_goes_on_after_a_rebuild(history, journal, item):
    entries = journal()
    lose_the_catalog()
    rebuild(history, entries)
    history.source = Source.objects.get()

    history.capture([item((b"Inbox", b"a"), b"newer"), item((b"z",), b"gone")])

    assert history.shows(4) == {(b"Inbox", b"a"): b"newer", (b"z",): b"gone"}
    assert Part.objects.filter(kind=PartKind.DATA).count() == len({bytes(each) for each in digests(PartKind.DATA)})


def digests(kind):
    return Part.objects.filter(kind=kind).values_list("part_digest", flat=True)


def test_version_with_a_tombstone_is_not_made_again(history, journal):
    source_key = history.source.key
    content = next(
        digest
        for digest in Content.objects.values_list("content_digest", flat=True)
        if history.read(bytes(digest)) == b"gone"
    )
    gone = version_digest(
        source_key=source_key, folder=b"Gone", item_key=b"\xff", first_seen=1, content_digest=bytes(content)
    )
    tombstone = {
        "source": str(source_key), "version": gone.hex(), "content": bytes(content).hex(), "kind": 7, "size_bytes": 4,
        "first_seen": 1, "last_seen": 1, "because": "test",
    }  # fmt: skip
    payload = {"run": str(source_key), "versions": [tombstone, {**tombstone, "version": "00" * 32, "last_seen": None}]}
    entries = [
        *journal(),
        ("version.destroyed", payload),
        ("version.destroyed", {**payload, "versions": [{**tombstone, "version": "11" * 32}]}),
    ]
    versions = Version.objects.count()
    lose_the_catalog()

    _, snapshots = rebuild(history, entries)

    assert Version.objects.count() == versions - 1
    assert [snapshot.missing for snapshot in snapshots] == [(), (), ()]
    assert sorted(Tombstone.objects.values_list("version_id", flat=True)) == [-3, -2, -1]


@pytest.mark.parametrize("data", [b"gone", b"", b"From x\nkept"])
def test_content_that_is_missing_without_a_tombstone_is_told(history, journal, data):
    from hashlib import sha256

    digest = sha256(data).digest()
    parts = [digest] if data != b"From x\nkept" else [sha256(b"From x\n").digest()]
    kind = PartKind.RECIPE if data == b"" else PartKind.DATA
    entries = journal()
    gathered = Gathered()
    for verb, payload in entries:
        gathered.take(verb=verb, payload=payload)
    lose_the_catalog()
    replay.HANDLERS["source.created"](entries[0][1], history.clock.now)
    restore_packs(archive=history.archive, gathered=gathered, at=history.clock.now)
    from legalhold.database import gate, guard, rows

    with guard.shared(), gate.opened():
        assert rows.execute("DELETE FROM catalog_part WHERE part_digest = %s AND kind = %s", [parts[0], int(kind)]) == 1

    missing = [
        restore_snapshot(archive=history.archive, payload=payload, gathered=gathered, at=history.clock.now).missing
        for verb, payload in entries
        if verb == "snapshot.completed"
    ]

    assert [digest for each in missing for digest in each] == [digest]


def test_condemned_pack_is_left_out(history, journal):
    name = Pack.objects.order_by("name").first().name
    entries = [*journal(), ("pack.condemned", {"packs": [name]})]
    packs = Pack.objects.count()
    lose_the_catalog()
    gathered = Gathered()
    for verb, payload in entries:
        gathered.take(verb=verb, payload=payload)

    restored = restore_packs(archive=history.archive, gathered=gathered, at=history.clock.now)

    assert restored.packs == Pack.objects.count() == packs - 1
    assert not Pack.objects.filter(name=name).exists()


def test_damaged_pack_is_told(history, tmp_path):
    name = Pack.objects.order_by("name").first().name
    path = tmp_path / "archive" / name
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1])
    lose_the_catalog()

    restored = restore_packs(archive=history.archive, gathered=Gathered(), at=history.clock.now)

    assert len(restored.damaged) == 1
    assert name in str(restored.damaged[0])


def test_manifest_that_is_not_in_the_packs_is_told(history, journal):
    entries = [("source.created", journal()[0][1])]
    payload = {"source": entries[0][1]["key"], "sequence": 1, "manifest": "ab" * 32}
    lose_the_catalog()

    with pytest.raises(ManifestMissing, match="the packs lack manifest abab"):
        rebuild(history, [*entries, ("snapshot.completed", payload)])

    assert Snapshot.objects.count() == 0


def test_manifest_of_another_snapshot_is_refused(history, journal):
    entries = journal()
    completed = [payload for verb, payload in entries if verb == "snapshot.completed"]
    wrong = {**completed[0], "manifest": completed[1]["manifest"]}
    lose_the_catalog()

    with pytest.raises(ManifestMissing, match="is another one's"):
        rebuild(history, [entries[0], ("snapshot.completed", wrong)])


def test_rewritten_manifest_counts(history, journal):
    """The manifest that the journal named last is the snapshot's."""
    entries = journal()
    completed = [payload for verb, payload in entries if verb == "snapshot.completed"]
    gathered = Gathered()
    gathered.take(verb="snapshot.completed", payload=completed[0])
    gathered.take(verb="manifest.rewritten", payload={**completed[0], "manifest": "cd" * 32})

    assert gathered.manifests == {(str(history.source.key), 1): bytes.fromhex("cd" * 32)}
