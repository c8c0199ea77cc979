"""Commands on disks that are full: what is done is said to be done, what isn't is said with the disk's name."""

from __future__ import annotations

import pytest

from exports.models import Export
from legalhold.catalog.models import CompactionRun, GroupMember, Pin, Tombstone
from legalhold.holds.models import Hold
from legalhold.journal.queries import journal_state
from legalhold.review.models import Collection
from tests.disks import full_archive_disk
from webdav.models import Share

ALICE = "alice@example.org"


@pytest.fixture
def placed(done, office):
    """The hold is in effect, and Bob, whose data isn't held, belongs to the matter."""
    done("matter", "add-custodians", "Case A", ALICE)
    return done("hold", "place", "Adams", "--custodian", ALICE)


@pytest.fixture
def full(run, home):
    """Run a command that must fail for want of room in the archive, and return what it says is done."""

    def run_command(*words, begins="done, but") -> str:
        with full_archive_disk():
            ran = run(*words)
            again = run("matter", "list", "--json")
        begins = f"{words[0]}: {begins} not yet in the archive's journal: "
        done, _, because = ran.err.removeprefix(begins).partition("; no room at ")
        assert (ran.code, ran.out, ran.err.startswith(begins), ran.err.count("\n")) == (1, "", True, 1)
        assert because.startswith(f"{home / 'archive'} for journal/0000")
        assert because.endswith(": free some space or move the archive; the next command writes it\n")
        assert (again.code, len(again.data["matters"])) == (0, 1)
        assert journal_state().unwritten > 0
        run("matter", "list")
        assert journal_state().unwritten == 0
        return done

    return run_command


def test_hold_is_placed_and_said_to_be(full, office):
    said = full("hold", "place", "Adams", "--custodian", ALICE)

    assert said == "hold 'Adams' is in effect, pins added: 1, versions rescued from compaction: 0"
    assert (Hold.objects.get().state, Pin.objects.filter(ended_at=None).count()) == ("in_effect", 1)


def test_hold_is_widened_and_said_to_be(full, placed):
    said = full("hold", "add-custodians", "Adams", "--custodian", "bob@example.org")

    assert said == "hold 'Adams' was widened, pins added: 1, versions rescued from compaction: 0"
    assert Pin.objects.filter(ended_at=None).count() == 2


def test_release_is_cancelled_and_said_to_be(full, run, placed):
    asked = run("hold", "release", "Adams", "--json")
    run("hold", "release", "Adams", "--confirm", asked.data["confirm"])

    said = full("hold", "cancel-release", "Adams")

    assert said == "the release of hold 'Adams' is cancelled, nothing was let go of"
    assert Hold.objects.get().state == "in_effect"


def test_collection_is_frozen_and_said_to_be(full, placed):
    said = full("search", "kind:message", "--matter", "Case A", "--save", "Mail")

    collection = Collection.objects.get()
    assert said == f"collection 'Mail' is frozen, items in it: {collection.items}"
    assert collection.state == "frozen"


def test_export_of_a_hold_is_made_in_runs_that_say_how_far_they_came(full, run, done, home, placed):
    words = ("export", "create", "For counsel", "--hold", "Adams")
    first = full(*words, begins="only begun, and")
    exports = Export.objects.count()
    with full_archive_disk():
        second = run(*words)
    is_ready = Export.objects.filter(state="ready").exists()
    third = done(*words)

    items = Collection.objects.get().items
    assert first == (
        f"collection 'For counsel' is frozen, items in it: {items}, but export 'For counsel' isn't made of it yet: run it again"
    )
    assert (exports, second.code, is_ready, third["state"]) == (0, 1, False, "ready")
    assert second.err.startswith(f"export: no room at {home / 'archive'} for packs/")


def test_share_is_open_and_its_password_told_to_nobody(full, done, placed):
    done("export", "create", "For counsel", "--hold", "Adams")

    said = full("share", "open", "For counsel", "--to", "counsel", "--until", "2099-12-31")

    name = Share.objects.get().user_name
    assert said == f"share {name} is open, but nobody was told its password: revoke it and open another"


def test_members_of_a_group_belong_to_it_and_are_said_to(full, done, office):
    done("group", "create", "Board")

    said = full("group", "add", "Board", "--custodian", ALICE)

    assert (said, GroupMember.objects.count()) == ("people who belong to group 'Board' from now on: 1", 1)


def test_ingest_that_only_made_its_source_is_only_begun(run, office):
    words = ("ingest", office.mail, "--custodian", "E2", "--source", "Second", "--create")

    with full_archive_disk():
        ran = run(*words, "--json")

    assert (ran.code, ran.data["error"], ran.data["done"]) == (1, "NotYetDurable", False)
    assert ran.data["message"].startswith(
        "only begun, and not yet in the archive's journal: data source Second is made, and nothing is captured yet; no room at "
    )


def test_object_says_that_it_is_done(run, office):
    with full_archive_disk():
        ran = run("hold", "place", "Adams", "--custodian", ALICE, "--json")

    assert (ran.code, ran.data["error"], ran.data["done"]) == (1, "NotYetDurable", True)
    assert f"hold: {ran.data['message']}\n" == ran.err


def test_act_that_is_done_and_not_sealed_is_a_failure(run, office):
    with full_archive_disk():
        ran = run("matter", "create", "Case B")

    assert (ran.code, ran.out.startswith("opened matter Case B")) == (1, True)
    assert ran.err.startswith("matter: done, but not sealed and anchored: no room at ")


def test_reading_warns_and_succeeds_when_what_was_done_before_can_not_be_sealed(run, office):
    with full_archive_disk():
        run("matter", "create", "Case B")
        ran = run("matter", "list", "--json")

    assert (ran.code, len(ran.data["matters"])) == (0, 2)
    assert ran.err.startswith(
        "matter: what was recorded before this command isn't sealed and anchored yet: no room at "
    )
    assert ran.err.count("\n") == 1


def test_compaction_that_fails_says_what_it_destroyed(run, done, office):
    source = next(one for one in done("source", "list")["sources"] if one["name"] == "Mail")
    asked = run("source", "remove", source["key"], "--json")
    run("source", "remove", source["key"], "--confirm", asked.data["confirm"])
    words = ("compact", "--grace", "0s")
    digest = run(*words, "--json").data.get("confirm", "")
    with full_archive_disk():
        ran = run(*words, "--confirm", digest)

    gone = Tombstone.objects.count()
    assert gone > 0
    assert ran.code == 1
    assert ran.err.startswith("compact: no room at ")
    assert ran.err.endswith(
        f"; versions condemned before that: {gone}, destroyed: {gone}; the next compaction goes on from there\n"
    )
    assert CompactionRun.objects.get().state == "failed"
