"""Manifests that can't be rewritten now: nothing is stopped by it, and no tombstone is forgotten before its names are gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from legalhold.archive import failpoints
from legalhold.archive.caching import BoundedCache
from legalhold.catalog.models import ContentPart, Pack, Part, Snapshot, Tombstone
from tests.legalhold.catalog.destruction.conftest import KEYS, FullStore, plain_packs


class Died(BaseException):
    """Stands for the process being gone."""


def die():
    raise Died


def test_manifests_left_by_a_run_that_was_killed_are_destroyed_by_the_next(three, compact, archive):
    """The snapshots name their new manifests by then, and nothing names the old ones."""
    failpoints.arm(name="manifests.after_switch", action=die)
    try:
        with pytest.raises(Died):
            compact(is_full=True)
    finally:
        failpoints.disarm()
    assert KEYS[0] in plain_packs(archive)

    compact()
    assert KEYS[0] in plain_packs(archive)
    run = compact(is_full=True)

    assert run.counts["contents_destroyed"] == 3
    assert not any(key in plain_packs(archive) for key in KEYS[:4])
    assert Tombstone.objects.filter(forgotten_at=None).count() == 0


@pytest.fixture
def damage(archive):
    """Flip a bit of a snapshot's manifest; gives a way to mend it."""

    def flip(source, sequence):
        content = Snapshot.objects.get(source=source, sequence=sequence).manifest_content
        part = Part.objects.get(pk=ContentPart.objects.get(content_id=content, ordinal=0).part_id)
        path = archive.store.root / Pack.objects.get(pk=part.pack_id).name
        path.chmod(0o600)
        whole = path.read_bytes()
        data = bytearray(whole)
        data[part.offset] ^= 1
        path.write_bytes(data)
        archive.parts._parts = BoundedCache(limit=0)
        return lambda: path.write_bytes(whole)

    return flip


def test_manifest_that_cannot_be_read_keeps_its_tombstones_and_stops_nothing(three, compact, archive, damage):
    mend = damage(three, 1)

    run = compact(is_full=True)

    assert (run.state, run.counts["manifests_unreadable"], run.counts["manifests_rewritten"]) == ("completed", 1, 2)
    assert Tombstone.objects.filter(forgotten_at=None).count() == 4
    mend()
    compact(is_full=True)
    assert not any(key in plain_packs(archive) for key in KEYS[:4])
    assert Tombstone.objects.filter(forgotten_at=None).count() == 0


def test_manifests_without_room_keep_their_tombstones_and_stop_nothing(three, compact, archive):
    full = replace(archive, store=FullStore(archive.store.root))
    before = len(list(archive.store.names(prefix="packs/")))

    run = compact(is_full=True, archive=full)

    assert (run.state, run.counts["manifests_without_room"]) == ("completed", 3)
    assert "manifests_rewritten" not in run.counts
    assert Tombstone.objects.filter(forgotten_at=None).count() == 4
    assert len(list(archive.store.names(prefix="packs/"))) == before
    compact(is_full=True)
    assert not any(key in plain_packs(archive) for key in KEYS[:4])
    assert Tombstone.objects.filter(forgotten_at=None).count() == 0
