"""The archive has lost or damaged objects as well: a rebuild brings back the rest, and says what it can't."""

from __future__ import annotations

import pytest

from legalhold.archive import PartKind
from legalhold.catalog.dump import dump
from legalhold.catalog.models import Content, ContentPart, ItemFacts, Pack, Part, PinVersion, Snapshot, Source
from legalhold.journal import services as journal
from tests.organisation import mail


@pytest.fixture
def told(house):
    """Three captures of each person's mailbox, all of it in the journal."""
    house.begin()
    journal.flush(archive=house.archive)
    return house


def damage(house, name: str, at: int) -> None:
    path = house.path(name)
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def cut_short(house, name: str) -> bytes:
    path = house.path(name)
    path.chmod(0o600)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    return whole


def damage_content(house, digest: bytes) -> None:
    """Flip a bit of its first part: the pack's footer still lists it."""
    content = Content.objects.get(content_digest=digest)
    part = Part.objects.get(pk=ContentPart.objects.get(content_id=content.pk, ordinal=0).part_id)
    assert part.kind == PartKind.DATA
    damage(house, Pack.objects.get(pk=part.pack_id).name, part.offset)


def digest_of(version) -> bytes:
    return bytes(Content.objects.get(pk=version.content_id).content_digest)


def test_number_of_a_lost_snapshot_is_not_used_again(told):
    cut_short(told, told.pack_of(told.manifest_of("carol", 3)))
    taken_at = Snapshot.objects.get(source=told.sources["carol"], sequence=3).taken_at
    told.lose()

    done = told.rebuild()

    carols = Source.objects.get(name="carol's mailbox")
    lost = Snapshot.objects.get(source=carols, sequence=3)
    assert (len(done.lost), done.snapshots) == (1, 9)
    assert (lost.taken_at, lost.state, lost.manifest_content) == (taken_at, "partial", None)
    assert b'"manifest":null' in b"".join(dump())


def test_archive_with_a_lost_snapshot_is_rebuilt_again_after_it_went_on(told):
    whole = {name: cut_short(told, name) for name in [told.pack_of(told.manifest_of("carol", 3))]}
    told.lose()
    told.rebuild()
    told.confirm()
    carols = Source.objects.get(name="carol's mailbox")
    told.captures.archive = told.archive
    told.captures.capture(carols, mail("Again"), day=90)
    journal.flush(archive=told.archive)
    assert sorted(Snapshot.objects.filter(source=carols).values_list("sequence", flat=True)) == [1, 2, 3, 4]
    told.lose()

    assert len(told.rebuild().lost) == 1

    for name, data in whole.items():
        told.path(name).write_bytes(data)
    told.lose()
    done = told.rebuild()
    assert (done.is_good, done.snapshots) == (True, 10)


def test_frozen_version_of_a_lost_snapshot_is_told(told):
    told.export()
    journal.flush(archive=told.archive)
    frozen = PinVersion.objects.count()
    cut_short(told, told.pack_of(told.manifest_of("alice", 1)))
    told.lose()

    done = told.rebuild()

    assert len(done.unfrozen) == frozen - PinVersion.objects.count() > 0
    assert f"frozen by a pin, and in no snapshot: version {done.unfrozen[0]}" in done.lines()


def test_content_with_a_damaged_part_is_told_and_has_no_facts(told):
    mails = told.of("alice").filter(kind=1).order_by("pk")
    digest, facts = digest_of(mails.first()), ItemFacts.objects.count()
    damage_content(told, digest)
    told.lose()

    done = told.rebuild()

    assert (done.unreadable, done.is_good) == ((digest.hex(),), False)
    assert f"damaged, and can't be read: content {digest.hex()}" in done.lines()
    assert ItemFacts.objects.count() == facts - 1
    assert not Part.objects.filter(dead_at__isnull=False).exists()
