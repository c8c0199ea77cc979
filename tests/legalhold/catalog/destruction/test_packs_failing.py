"""Packs that can't be rewritten now, and what killed processes left of writing others: nothing is stopped or kept by it."""

from __future__ import annotations

import os
import random as randomness
from dataclasses import replace
from datetime import timedelta

import pytest

from legalhold.catalog.destruction import discard_unfinished
from legalhold.journal.services import note_rebuild
from tests.legalhold.catalog.destruction.conftest import FullStore, plain_packs

DATAS = [randomness.Random(number).randbytes(1000) for number in range(6)]


@pytest.fixture
def source(house):
    source = house.source(snapshots=3)
    house.expire(source, 1)
    return source


def in_store(archive) -> list[str]:
    return list(archive.store.names(prefix="packs/"))


def test_pack_with_a_damaged_living_part_stays_and_stops_nothing(house, source, stored, compact, archive):
    """What still reads of it isn't copied either: a pack is rewritten whole or not at all."""
    packs = []
    for start in (0, 3):
        pack, contents = stored(*DATAS[start : start + 3])
        packs.append(pack.name)
        house.version(source, 3, content=contents[0])
        for content in contents[1:]:
            house.version(source, 1, 1, content=content)
    path = archive.store.root / packs[0]
    path.chmod(0o600)
    whole = path.read_bytes()
    path.write_bytes(whole[:8] + bytes([whole[8] ^ 1]) + whole[9:])

    run = compact()

    assert (run.state, run.counts["packs_unreadable"], run.counts["packs_rewritten"]) == ("completed", 1, 1)
    assert packs[0] in in_store(archive)
    assert packs[1] not in in_store(archive)
    path.write_bytes(whole)
    compact()
    assert sorted(plain_packs(archive)) == sorted(DATAS[0] + DATAS[3])


def test_full_disk_stops_the_rewriting_and_not_the_unlinking(house, source, stored, compact, archive):
    half, contents = stored(*DATAS[:3])
    house.version(source, 3, content=contents[0])
    empty, [alone] = stored(DATAS[3])
    for content in (*contents[1:], alone):
        house.version(source, 1, 1, content=content)
    full = replace(archive, store=FullStore(archive.store.root))

    run = compact(archive=full)

    assert (run.state, run.counts["packs_without_room"], run.counts["packs_unlinked"]) == ("completed", 1, 1)
    assert in_store(archive) == [half.name]
    assert empty.name not in in_store(archive)
    assert DATAS[0] in plain_packs(archive)


def test_what_a_killed_writer_left_goes_once_nobody_can_be_writing_it(house, source, stored, compact, archive, clock):
    """It may be a whole pack, readable for ever under its own name."""
    for name, hours in (("old", 2), ("new", 0)):
        left = archive.store.root / f"packs/.tmp-{name}-1-1"
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_bytes(b"a whole pack")
        changed = (clock() - timedelta(hours=hours)).timestamp()
        os.utime(left, (changed, changed))

    run = compact()

    assert run.counts["unfinished_files_removed"] == 1
    assert [each.path for each in archive.store.unfinished()] == ["packs/.tmp-new-1-1"]


def test_what_a_killed_writer_left_stays_while_losses_stand(db, archive, at):
    left = archive.store.root / "packs/.tmp-old-1-1"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"perhaps the only copy")
    os.utime(left, (0, 0))
    note_rebuild(at=at, losses=["something"])

    assert discard_unfinished(archive=archive, at=at) == 0

    assert left.exists()
