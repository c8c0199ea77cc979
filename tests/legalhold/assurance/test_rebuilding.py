"""The database is lost; the archive alone brings back everything that protects, and nothing that was destroyed."""

from __future__ import annotations

import json

import pytest

from legalhold.archive.failpoints import arm, disarm
from legalhold.assurance import rebuilding
from legalhold.assurance.handlers import CONTENT_KEPT, HANDLERS, LOSSES_CONFIRMED, SNAPSHOT_COMPLETED
from legalhold.assurance.verifying import verify_archive
from legalhold.audit.models import AuditEvent
from legalhold.catalog.destruction import run, unlink
from legalhold.catalog.models import LIVE, Part, Snapshot, Source, Version
from legalhold.holds.models import Hold
from legalhold.journal import services as journal
from legalhold.journal.errors import JournalFrozen
from legalhold.journal.queries import is_frozen, journal_state
from legalhold.retention.services import ProfileNumbers, set_profile
from tests.acting import agreeing
from tests.organisation import mail


@pytest.fixture(autouse=True)
def _disarmed():
    yield
    disarm()


class Crash(BaseException):
    """Stands for the process being gone."""


def gone() -> None:
    raise Crash


def test_everything_comes_back(house):
    house.live()
    before = house.facts()
    assert {SNAPSHOT_COMPLETED, CONTENT_KEPT, *HANDLERS} - house.verbs() == {
        "matter.member_added", "audit.sealed", LOSSES_CONFIRMED
    }  # fmt: skip
    house.lose()

    done = house.rebuild()

    after = house.facts()
    for kind, facts in before.items():
        assert after[kind] == facts, kind
    assert done.is_good, done.lines()
    assert (done.missing, done.damaged, done.unnamed, done.unused, done.condemned) == ((), (), (), (), 0)
    assert (done.exports, done.versions) == (1, Version.objects.count())
    assert verify_archive(archive=house.archive, is_full=True, progress=lambda *_: None).damages == []


def test_what_packs_keep_of_the_destroyed_stays_dead(house):
    """A pack isn't rewritten for a few dead parts: they are in its footer still, and must not come back to life."""
    house.begin()
    house.expire()
    house.compact()
    journal.flush(archive=house.archive)
    before = house.facts()
    house.lose()

    done = house.rebuild()

    assert house.facts() == before
    assert done.is_good
    assert Part.objects.filter(dead_at__isnull=False).exists()


def test_mutant_that_marks_nothing_brings_the_dead_back(house, monkeypatch):
    monkeypatch.setattr(rebuilding, "mark_unused", lambda *, at: 0)
    house.begin()
    house.expire()
    house.compact()
    journal.flush(archive=house.archive)
    before = house.facts()
    house.lose()

    house.rebuild()

    assert house.facts()["catalog"] != before["catalog"]


def test_mutant_that_skips_a_rooms_verb_is_seen(house, monkeypatch):
    monkeypatch.setitem(HANDLERS, "pin.placed", lambda _payload, _at: None)
    house.begin()
    house.place("Alice", house.alice)
    before = house.facts()
    house.lose()

    house.rebuild()

    assert house.facts()["catalog"] != before["catalog"]


STEPS = (
    "destroy.before_delete", "destroy.after_delete", "manifests.before_switch", "manifests.after_switch", "sweep.content",
    "sweep.part", "repack.pack_file", "repack.before_switch", "repack.after_switch",
    "unlink.before_flush", "unlink.before_delete", "unlink.after_delete", "unlink.row", "journal.after_object",
)  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_killed_between_steps_of_a_compaction_then_lost(house, step):
    """Whatever was done and not yet told is done again: nothing that is held is missing, all else goes in the end."""
    house.begin()
    house.place("Alice", house.alice)
    house.expire()
    journal.flush(archive=house.archive)
    before = list(house.versions())
    kept = sorted(house.versions(Version.objects.filter(last_seen=LIVE) | house.of("alice")))
    assert len(kept) < len(before)
    arm(name=step, action=gone)

    with pytest.raises(Crash):
        house.compact(is_full=True)
    disarm()
    house.lose()
    done = house.rebuild()

    assert done.is_good, done.lines()
    assert set(kept) <= set(house.versions()) <= set(before)
    assert verify_archive(archive=house.archive, is_full=True, progress=lambda *_: None).damages == []
    house.confirm()
    house.compact(is_full=True)
    assert sorted(house.versions()) == kept
    verified = verify_archive(archive=house.archive, is_full=True, progress=lambda *_: None)
    assert (verified.damages, verified.strays) == ([], [])


def test_condemned_pack_that_is_still_there_is_unlinked_by_the_next_run(house):
    house.begin()
    house.expire()
    arm(name="unlink.before_delete", action=gone)
    with pytest.raises(Crash):
        house.compact(is_full=True)
    disarm()
    packs = len(house.packs())
    house.lose()

    done = house.rebuild()

    assert done.condemned > 0
    assert any("condemned packs are still there" in line for line in done.lines())
    house.confirm()
    house.compact()
    assert len(house.packs()) == packs - done.condemned


def test_rebuilt_catalog_is_frozen_until_its_head_is_confirmed(house):
    house.begin()
    house.place("Alice", house.alice)
    house.expire()
    house.draft("Later")
    journal.flush(archive=house.archive)
    house.lose()
    done = house.rebuild()
    packs, versions = house.packs(), Version.objects.count()

    assert "rebuilt from the archive on 2026-03-02 12:00 UTC" in journal_state().frozen_because
    house.refuses_everything()

    assert (house.packs(), Version.objects.count()) == (packs, versions)
    assert Hold.objects.get(name="Later").state == "draft"
    house.confirm(done.digest)
    assert not is_frozen()
    house.compact(is_full=True)
    assert Version.objects.count() < versions
    assert house.place("New", house.person("carol@example.com")).state == "in_effect"


def test_capture_is_not_acknowledged_while_frozen(house):
    house.begin()
    journal.flush(archive=house.archive)
    house.lose()
    house.rebuild()

    with pytest.raises(JournalFrozen):
        house.captures.capture(Source.objects.get(name="bob's mailbox"), mail("More"), day=70)

    assert Snapshot.objects.filter(state="open").count() == 1
    assert not Snapshot.objects.filter(sequence=4).exclude(state="open").exists()


def test_rebuild_is_recorded(house):
    house.begin()
    journal.flush(archive=house.archive)
    house.lose()

    done = house.rebuild()

    event = AuditEvent.objects.get()
    assert (event.verb, event.actor) == ("archive.rebuilt", "system:tester")
    assert json.loads(bytes(event.body))["body"] == {
        "sequence": done.sequence, "digest": done.digest, "is_good": True, "problems": 0
    }  # fmt: skip


def test_older_database_beside_a_newer_archive_is_frozen_and_says_why(house):
    """A restored copy of the database lacks a hold that the archive knows: it must not destroy what that holds."""
    house.begin()
    house.expire()
    journal.flush(archive=house.archive)
    older = house.copy_archive()
    house.place("Alice", house.alice)
    newer = house.archive
    house.become_database_of(older)

    house.archive = newer
    result = journal.adopt(archive=newer)

    packs, versions = house.packs(), Version.objects.count()
    assert "hold.drafted" in result.frozen_because
    assert "the database is an older copy than the archive" in result.frozen_because
    house.refuses_everything()
    assert (house.packs(), Version.objects.count()) == (packs, versions)


def test_mutant_that_confirms_unseen_destroys_what_the_newer_journal_holds(house, monkeypatch):
    """Without the comparison of heads the older copy would destroy: the test above has something to lose."""
    house.begin()
    house.expire()
    journal.flush(archive=house.archive)
    older = house.copy_archive()
    house.place("Alice", house.alice)
    newer = house.archive
    house.become_database_of(older)
    house.archive = newer
    versions = house.of("alice").count()
    for module in (run, unlink):
        monkeypatch.setattr(module, "require_equal_heads", lambda *, archive: None)
    monkeypatch.setattr(unlink, "flush", lambda *, archive: 0)

    house.compact()

    assert house.of("alice").count() < versions


def test_rebuilt_from_a_journal_that_lost_its_end_destroys_nothing(house):
    """The hold's entries are lost with the journal's newest objects: an anchor of the true head tells."""
    house.begin()
    house.expire()
    journal.flush(archive=house.archive)
    known = journal_state().sequence
    house.place("Alice", house.alice)
    anchor = journal_state().digest
    for name in list(house.archive.store.names(prefix="journal/"))[known:]:
        house.path(name).unlink()
    house.lose()

    done = house.rebuild()

    packs, versions = house.packs(), Version.objects.count()
    assert done.sequence == known
    assert not Hold.objects.exists()
    house.refuses_everything()
    house.refuses_to_confirm(anchor)
    house.refuses_everything()
    assert (house.packs(), Version.objects.count()) == (packs, versions)


def test_capture_that_was_never_acknowledged_is_listed_and_left(house):
    house.begin()
    journal.flush(archive=house.archive)
    arm(name="capture.before_flush", action=gone)
    house.captures.capture(house.sources["alice"], mail("Unknown"), day=60)
    disarm()
    before = len(house.packs())
    house.lose()

    done = house.rebuild()

    assert done.is_good
    assert (len(done.unnamed), len(done.unused)) == (1, 2)
    assert {name in line for name in done.unused for line in done.lines()} == {True, False}
    assert len(house.packs()) == before


def test_when_captures_are_due_is_known_again(house):
    house.begin()
    agreeing(
        set_profile,
        name="Daily",
        numbers=ProfileNumbers(capture_every_hours=24),
        is_default=True,
        access=house.access,
        at=house.clock(),
    )
    journal.flush(archive=house.archive)
    due = dict(Source.objects.values_list("key", "capture_due_at"))
    house.lose()

    house.rebuild()

    assert None not in due.values()
    assert dict(Source.objects.values_list("key", "capture_due_at")) == due
