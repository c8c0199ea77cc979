"""The archive has lost or damaged objects as well: a rebuild brings back the rest, and says what it can't."""

from __future__ import annotations

import json

import pytest

from legalhold.archive import PartKind
from legalhold.assurance.confirming import LossesNotConfirmed
from legalhold.assurance.verifying import verify_archive
from legalhold.audit.models import AuditEvent
from legalhold.catalog import destruction
from legalhold.catalog.destruction import run, sweep
from legalhold.catalog.dump import dump
from legalhold.catalog.models import Content, ContentPart, ItemFacts, Pack, Part, PinVersion, Snapshot, Source
from legalhold.journal import services as journal
from legalhold.journal.models import OutboxEntry
from legalhold.journal.queries import is_frozen, losses_stand, rebuild_state
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
    told.confirm(losses=rebuild_state().losses_digest)
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


@pytest.fixture
def lossy(told):
    """Alice is held; the manifest of her first snapshot is damaged, the database lost and rebuilt. Gives the pack's bytes."""
    told.place("Alice", told.alice)
    journal.flush(archive=told.archive)
    told.pack = told.pack_of(told.manifest_of("alice", 1))
    told.held = sorted(told.versions(told.of("alice")))
    told.all_packs = told.packs()
    told.whole = cut_short(told, told.pack)
    told.lose()
    told.done = told.rebuild()
    return told


def test_losses_are_confirmed_by_their_own_digest_alone(lossy):
    losses = rebuild_state().losses_digest

    for given in ("", "0" * 64, losses[:-1]):
        with pytest.raises(LossesNotConfirmed, match=f"a snapshot can't be restored: .*--losses {losses}"):
            lossy.confirm(losses=given)
        assert is_frozen()
    lossy.confirm(losses=losses.upper())

    assert not is_frozen()
    event = AuditEvent.objects.get(verb="archive.head_confirmed")
    assert json.loads(bytes(event.body))["body"]["losses"] == losses
    entry = OutboxEntry.objects.get(verb="archive.losses_confirmed")
    payload = json.loads(bytes(entry.payload))
    assert (payload["losses_digest"], payload["by"]) == (losses, "system:tester")
    assert lossy.pack in payload["losses"]


def test_nothing_lost_is_not_confirmed_as_lost(told):
    told.lose()
    told.rebuild()

    with pytest.raises(LossesNotConfirmed, match="it lost nothing: leave --losses out"):
        told.confirm(losses="0" * 64)

    assert is_frozen()


def test_no_byte_is_destroyed_while_losses_stand(lossy):
    lossy.confirm(losses=rebuild_state().losses_digest)

    run = lossy.compact(is_full=True)

    assert run.counts["runs_that_kept_all_bytes"] == 1
    assert lossy.packs() == lossy.all_packs
    lossy.path(lossy.pack).write_bytes(lossy.whole)
    journal.flush(archive=lossy.archive)
    lossy.lose()
    done = lossy.rebuild()
    assert (done.is_good, sorted(lossy.versions(lossy.of("alice")))) == (True, lossy.held)
    assert rebuild_state().losses_digest == ""
    verified = verify_archive(archive=lossy.archive, is_full=True, progress=lambda *_: None)
    assert verified.damages == []


def test_what_is_destroyed_under_losses_goes_with_the_next_good_rebuild(lossy):
    """Versions go as planned; a content that only a lost snapshot may still refer to stays."""
    lossy.confirm(losses=rebuild_state().losses_digest)
    lossy.bob = lossy.person("bob@example.com")
    lossy.expire()
    contents = Content.objects.count()
    assert lossy.compact(is_full=True).counts["versions_destroyed"] > 0
    assert Content.objects.filter(dead_at=None).count() == contents
    journal.flush(archive=lossy.archive)
    lossy.path(lossy.pack).write_bytes(lossy.whole)
    lossy.lose()

    assert lossy.rebuild().is_good
    lossy.confirm()
    lossy.compact(is_full=True)

    assert Content.objects.count() < contents
    assert sorted(lossy.versions(lossy.of("alice"))) == lossy.held
    assert len(lossy.packs()) < len(lossy.all_packs)


@pytest.mark.parametrize("mutant", ["losses forgotten", "manifest not asked for"])
def test_mutant_that_forgets_the_losses_destroys_what_is_held(lossy, monkeypatch, mutant):
    """Either defence alone saves the strays; without both the held bytes go."""
    lossy.confirm(losses=rebuild_state().losses_digest)
    for module in (run, sweep):
        monkeypatch.setattr(module, "losses_stand", lambda: False)
    if mutant == "manifest not asked for":
        monkeypatch.setattr(sweep, "_UNREAD", "SELECT 1 FROM catalog_snapshot WHERE 1 = 0")

    lossy.compact(is_full=True)

    lossy.path(lossy.pack).parent.mkdir(exist_ok=True)
    lossy.path(lossy.pack).write_bytes(lossy.whole)
    journal.flush(archive=lossy.archive)
    lossy.lose()
    assert lossy.rebuild().is_good is (mutant == "losses forgotten")


def test_first_plan_after_a_rebuild_asks(lossy):
    lossy.confirm(losses=rebuild_state().losses_digest)
    planned = {"is_full": False, "grace_seconds": 7 * 86400, "access": lossy.access, "at": lossy.clock()}

    asks = destruction.plan(reading=lossy.clock.reading(), **planned).asks

    assert asks == (
        f"it is the first run after the catalog was rebuilt on 2026-03-02 12:00 UTC, which lost: {rebuild_state().losses}",
    )
    lossy.compact()
    assert destruction.plan(reading=lossy.clock.reading(), **planned).asks == ()


def test_many_losses_are_counted_and_all_in_the_digest(db, at):
    losses = [f"loss {number}" for number in range(25)]
    journal.note_rebuild(at=at, losses=losses)
    state = rebuild_state()

    journal.note_rebuild(at=at, losses=losses[:-1])

    assert (state.rebuilt_at, losses_stand()) == (at, True)
    assert state.losses.startswith("loss 0; loss 1; ")
    assert state.losses.endswith("loss 19; and 5 more")
    assert rebuild_state().losses_digest != state.losses_digest


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
