"""Sweeping, repacking and unlinking on packs with real bytes: what is left can be read, what is gone is gone."""

from __future__ import annotations

import hashlib
import json
import random as randomness
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from legalhold.archive import PackReader, PartEntry, PartKind, failpoints
from legalhold.catalog.destruction import files_without_row, repack, sweep, unlink
from legalhold.catalog.destruction.gate import narrowing
from legalhold.catalog.destruction.packing import PackGivenUp, make_live, new_writer, store_pack
from legalhold.catalog.destruction.running import Running
from legalhold.catalog.models import CompactionRun, Content, ContentPart, Folder, KeptContent, Pack, Part, Version
from legalhold.database import gate
from legalhold.database.rows import execute
from legalhold.journal.models import OutboxEntry

DATAS = [randomness.Random(number).randbytes(1000) for number in range(6)]


@pytest.fixture
def running(db, archive, at):
    run = CompactionRun.objects.create(grace_seconds=0, plan_digest=b"", started_at=at)
    return Running(run, archive, "system:test", at, lambda: 0.0)


@pytest.fixture
def source(house):
    source = house.source(snapshots=3)
    house.expire(source, 1)
    return source


def in_store(archive) -> list[str]:
    return list(archive.store.names(prefix="packs/"))


def digests_in_store(archive) -> list[str]:
    """The digests that decrypted footers list, over all packs."""
    names = in_store(archive)
    return sorted(
        e.digest.hex()
        for name in names
        for e in PackReader(store=archive.store, name=name, keys=archive.keys).entries()
    )


def read_all(archive) -> dict[int, bytes]:
    """Every content's bytes, read the way a reader would."""
    found = {}
    for row in ContentPart.objects.order_by("content_id", "ordinal"):
        part = Part.objects.get(pk=row.part_id)
        entry = PartEntry(
            PartKind(part.kind), bytes(part.part_digest), part.offset, part.length, part.raw_length, part.dictionary
        )
        found[row.content_id] = archive.parts.read(pack=Pack.objects.get(pk=part.pack_id).name, entry=entry)
    return found


def test_emptied_pack_is_condemned_journaled_and_unlinked(house, source, stored, compact, archive):
    pack, contents = stored(*DATAS[:2])
    for content in contents:
        house.version(source, 1, 1, content=content)

    run = compact()

    assert in_store(archive) == []
    assert Pack.objects.count() == 0
    assert (run.counts["packs_condemned"], run.counts["packs_unlinked"]) == (1, 1)
    [entry] = OutboxEntry.objects.filter(verb="pack.condemned")
    assert json.loads(bytes(entry.payload)) == {"run": str(run.key), "packs": [pack.name]}
    assert OutboxEntry.objects.filter(sequence=None).count() == 0


@pytest.mark.parametrize(("gone", "is_full", "is_rewritten"), [(4, False, True), (2, False, False), (2, True, True)])
def test_half_live_pack_is_rewritten(house, source, stored, compact, archive, gone, is_full, is_rewritten):
    pack, contents = stored(*DATAS)
    for number, content in enumerate(contents):
        house.version(source, 1, 1 if number < gone else 3, content=content)

    compact(is_full=is_full)

    left = sorted(hashlib.sha256(data).hexdigest() for data in DATAS[gone:])
    assert (pack.name not in in_store(archive)) is is_rewritten
    assert len(in_store(archive)) == 1
    assert (digests_in_store(archive) == left) is is_rewritten
    assert sorted(read_all(archive).values()) == sorted(DATAS[gone:])


def test_pack_with_nothing_dead_is_never_rewritten(house, source, stored, compact, archive):
    pack, [content] = stored(b"x")
    house.version(source, 3, content=content)

    run = compact(is_full=True)

    assert in_store(archive) == [pack.name]
    assert "packs_rewritten" not in run.counts


def test_full_packs_are_filled_from_several_old_ones(house, source, stored, running, archive, monkeypatch):
    for start in (0, 3):
        _, contents = stored(*DATAS[start : start + 3])
        house.version(source, 3, content=contents[0])
        with gate.opened():
            for content in contents[1:]:
                execute("DELETE FROM catalog_content WHERE id = %s", [content.pk])
                execute("DELETE FROM catalog_contentpart WHERE content_id = %s", [content.pk])
        execute(
            "UPDATE catalog_part SET dead_at = 1 WHERE NOT EXISTS (SELECT 1 FROM catalog_contentpart c WHERE c.part_id = catalog_part.id)"
        )
    sweep.sweep(running=running)
    monkeypatch.setattr(repack, "new_writer", _small_writer)

    repack.repack(is_full=True, running=running)

    assert running.counts["packs_rewritten"] == 2
    assert running.counts["parts_moved"] == 2
    assert Pack.objects.filter(state="live").count() == 4
    assert sorted(read_all(archive).values()) == [DATAS[0], DATAS[3]]


def _small_writer(*, running):
    writer = new_writer(running=running)
    writer.target_bytes = 1
    return writer


def test_dead_part_used_again_before_the_sweep_stays(house, source, stored, running, archive):
    _, [content] = stored(DATAS[0])
    Content.objects.update(dead_at=running.at)
    Part.objects.update(dead_at=running.at)
    house.version(source, 3, content=content)

    sweep.sweep(running=running)

    assert Content.objects.count() == 1
    assert Part.objects.count() == 1
    assert list(read_all(archive).values()) == [DATAS[0]]


@pytest.mark.parametrize(
    ("name", "sound"),
    [("DELETE_CONTENTS", f" AND {sweep.UNREFERRED}"), ("DELETE_PARTS", f" AND {sweep.UNNAMED}")],
)
def test_mutant_that_sweeps_without_looking_loses_what_is_used_again(
    house, source, stored, running, monkeypatch, name, sound
):
    """The mutant meets the triggers: with them gone as well, the data would be lost."""
    _, [content] = stored(DATAS[0])
    house.version(source, 3, content=content)
    Content.objects.update(dead_at=running.at if name == "DELETE_CONTENTS" else None)
    Part.objects.update(dead_at=running.at)
    mutant = getattr(sweep, name).replace(sound, "")
    assert mutant != getattr(sweep, name)
    monkeypatch.setattr(sweep, name, mutant)

    with pytest.raises(IntegrityError):
        sweep.sweep(running=running)
    assert Part.objects.count() == 1

    table = "content" if name == "DELETE_CONTENTS" else "part"
    with connection.cursor() as cursor:
        cursor.execute(
            f"DROP TRIGGER {table}_deleting_is_the_gates"
            + (f" ON catalog_{table}" if connection.vendor == "postgresql" else "")
        )
    sweep.sweep(running=running)
    assert (Content if table == "content" else Part).objects.count() == 0
    assert Version.objects.count() == 1


def test_manifest_of_a_snapshot_keeps_its_content(house, source, stored, running):
    _, [content] = stored(DATAS[0])
    execute("UPDATE catalog_snapshot SET manifest_content = %s WHERE source_id = %s", [content.pk, source.pk])

    sweep.mark_strays(running=running)
    sweep.sweep(running=running)

    assert Content.objects.get().dead_at is None


def test_kept_content_stays_until_that_is_ended(house, stored, running, compact):
    _, [content] = stored(DATAS[0])
    house.keep(content)

    compact(is_full=True)
    assert Content.objects.get().dead_at is None

    with narrowing():
        KeptContent.objects.update(ended_at=running.at)
    compact(is_full=True)
    assert Content.objects.count() == 0


def test_mutant_that_forgets_what_rooms_above_keep_loses_it(house, stored, running, monkeypatch):
    """The mutant meets the trigger; with that gone as well, the bytes go."""
    _, [content] = stored(DATAS[0])
    house.keep(content)
    forgotten = sweep.UNREFERRED[: sweep.UNREFERRED.index(" AND NOT EXISTS (SELECT 1 FROM catalog_keptcontent")]
    monkeypatch.setattr(sweep, "DELETE_CONTENTS", sweep.DELETE_CONTENTS.replace(sweep.UNREFERRED, forgotten))
    monkeypatch.setattr(sweep, "UNREFERRED", forgotten)

    sweep.mark_strays(running=running)
    with pytest.raises(IntegrityError):
        sweep.sweep(running=running)
    with connection.cursor() as cursor:
        table = " ON catalog_content" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER content_deleting_is_the_gates{table}")
    sweep.sweep(running=running)

    assert Content.objects.count() == 0


def test_strays_are_left_while_a_snapshot_has_no_manifest(house, source, stored, running):
    """What is lost of it may be what looks left over."""
    stored(DATAS[0])

    sweep.mark_strays(running=running)

    assert Content.objects.get().dead_at is None


def test_strays_are_marked_and_swept(house, stored, running, archive):
    pack, contents = stored(*DATAS[:2])
    alone = ContentPart.objects.get(content_id=contents[1].pk).part_id
    with gate.opened():
        execute("DELETE FROM catalog_content WHERE id = %s", [contents[1].pk])
        execute("DELETE FROM catalog_contentpart WHERE content_id = %s", [contents[1].pk])
    assert Part.objects.get(pk=alone).dead_at is None

    sweep.mark_strays(running=running)
    sweep.sweep(running=running)
    unlink.condemn_packs(running=running)
    unlink.unlink_packs(running=running)

    assert (Content.objects.count(), Part.objects.count(), Pack.objects.filter(pk=pack.pk).count()) == (0, 0, 0)
    assert in_store(archive) == []


def test_folders_of_a_removed_source_go_with_their_last_version(house, running):
    source, other, held = house.source(snapshots=1), house.source(snapshots=1), house.source(snapshots=1)
    for place in (source, other, held):
        house.folder(place)
    house.version(held, 1)
    with gate.opened():
        execute("UPDATE catalog_source SET state = 'removing' WHERE id IN (%s, %s)", [source.pk, held.pk])

    sweep.sweep_folders(running=running)

    assert sorted(Folder.objects.values_list("source_id", flat=True)) == [other.pk, held.pk]


def test_pack_being_written_is_condemned_only_after_its_lease(house, running, archive, at):
    writer = new_writer(running=running)
    pack = store_pack(writer=writer, running=running)

    unlink.condemn_packs(running=running)
    assert Pack.objects.get().state == "writing"
    later = Running(running.run, archive, "system:test", at + timedelta(hours=2), lambda: 0.0)
    unlink.condemn_packs(running=later)

    assert Pack.objects.get().state == "condemned"
    with pytest.raises(PackGivenUp):
        make_live(pack=pack)


def test_part_is_not_moved_into_a_pack_that_was_given_up(house, source, stored, running, archive, monkeypatch):
    _, contents = stored(*DATAS)
    house.version(source, 3, content=contents[0])
    for content in contents[1:]:
        house.version(source, 1, 1, content=content)
    kept = Part.objects.get(part_digest=contents[0].content_digest)

    def give_up(**arguments):
        pack = store_pack(**arguments)
        with gate.opened():
            Pack.objects.filter(pk=pack.pk).update(state="condemned")
        return pack

    monkeypatch.setattr(repack, "store_pack", give_up)
    Part.objects.exclude(pk=kept.pk).update(dead_at=running.at)
    execute("UPDATE catalog_content SET dead_at = 1 WHERE id <> %s", [contents[0].pk])
    with gate.opened():
        Version.objects.exclude(content_id=contents[0].pk).delete()
    sweep.sweep(running=running)

    repack.repack(is_full=True, running=running)
    unlink.condemn_packs(running=running)
    unlink.unlink_packs(running=running)

    assert running.counts["packs_given_up"] == 1
    assert Part.objects.get().pack_id == kept.pack_id
    assert list(read_all(archive).values()) == [DATAS[0]]


def test_part_moved_meanwhile_is_left_alone(house, source, stored, running):
    _, [content] = stored(DATAS[0])
    part, elsewhere = Part.objects.get(), house.pack()
    move = repack.Move(part.pk, elsewhere.pk, 5, 6)

    with gate.opened():
        assert repack._move(elsewhere, [move]) == 0

    assert Part.objects.get().pack_id == part.pack_id
    assert content.pk


def test_pack_in_use_is_not_condemned(house, source, stored, running):
    _, [content] = stored(DATAS[0])

    unlink.condemn_packs(running=running)

    assert Pack.objects.get().state == "live"
    assert content.pk


def test_pack_used_again_before_its_batch_is_left(house, source, stored, running):
    pack, _ = stored(DATAS[0])

    assert unlink._condemn_batch([pack.pk], running) == 0

    assert Pack.objects.get().state == "live"
    assert OutboxEntry.objects.count() == 0


def test_condemned_pack_of_a_killed_run_is_unlinked_by_the_next(house, source, stored, compact, archive):
    pack, [content] = stored(DATAS[0])
    house.version(source, 1, 1, content=content)
    failpoints.arm(name="unlink.after_delete", action=_die)
    try:
        with pytest.raises(Died):
            compact()
    finally:
        failpoints.disarm()
    assert Pack.objects.get().state == "condemned"
    assert in_store(archive) == []
    assert CompactionRun.objects.get().state == "failed"

    run = compact()

    assert Pack.objects.count() == 0
    assert run.counts["packs_unlinked"] == 1
    assert pack.pk


class Died(Exception):
    pass


def _die():
    raise Died


def test_file_is_unlinked_only_after_the_journal_has_the_words(house, source, stored, compact, archive, monkeypatch):
    """At the moment of unlinking, the tombstones and the pack's name are durable. The mutant without the flush isn't."""
    unwritten = []
    delete = unlink.unlink_file

    def look(**arguments):
        unwritten.append(OutboxEntry.objects.filter(sequence=None).count())
        delete(**arguments)

    monkeypatch.setattr(unlink, "unlink_file", look)
    flush = unlink.flush
    for number, is_mutant in ((0, False), (1, True)):
        _, [content] = stored(DATAS[number])
        house.version(source, 1, 1, content=content)
        monkeypatch.setattr(unlink, "flush", (lambda **_: 0) if is_mutant else flush)
        compact()

    assert unwritten[0] == 0
    assert unwritten[1] > 0
    assert in_store(archive) == []


def test_file_without_row_is_reported_and_never_deleted(house, source, stored, compact, archive):
    stored(DATAS[0])
    archive.store.create(name="packs/ff/ff", data=b"somebody's")

    compact(is_full=True)

    assert files_without_row(archive=archive) == ("packs/ff/ff",)
    assert "packs/ff/ff" in in_store(archive)
