"""Retention, compaction, removal and explanation, as commands."""

from __future__ import annotations

from hashlib import sha256

import pytest

from legalhold.catalog.models import Snapshot, Source, Version
from legalhold.retention.models import RetentionProfile
from legalhold.review.models import IndexRow


def test_profile_is_set_shown_and_only_shortened_with_confirmation(run, done, staff):
    done("retention", "set", "standard", "--keep-all-days", "90", "--monthly-months", "12", "--default")

    asked = run(
        "retention", "set", "standard", "--keep-all-days", "30", "--monthly-months", "12", "--default", "--json"
    )
    digest = asked.data["confirm"]
    done(
        "retention",
        "set",
        "standard",
        "--keep-all-days",
        "30",
        "--monthly-months",
        "12",
        "--default",
        "--confirm",
        digest,
    )

    assert asked.code == 1
    assert asked.data["message"].startswith(
        "Setting profile standard as the default shortens default profile standard: keep_all_days 90 → 30."
    )
    assert RetentionProfile.objects.get().keep_all_days == 30
    assert run("retention", "show").out.splitlines()[1].startswith(
        "standard  yes      all for 30 days, monthly for 12 months, the last 1 always  UTC"
    )  # fmt: skip


def test_profile_keeps_what_is_not_given(run, done, staff):
    done("retention", "set", "standard", "--monthly-months", "12", "--zone", "Europe/Berlin", "--default")

    longer = done("retention", "set", "standard", "--keep-all-days", "900")
    no_default = done("retention", "set", "standard", "--no-default")

    assert (longer["keep_all_days"], longer["monthly_months"], longer["zone"]) == (900, 12, "Europe/Berlin")
    assert (longer["is_default"], no_default["is_default"], no_default["keep_all_days"]) == (True, False, 900)


def test_profile_is_assigned_to_one_thing(run, done, staff):
    done("retention", "set", "short", "--keep-all-days", "1")

    assigned = done("retention", "assign", "short", "--custodian", "E1")
    nobody = run("retention", "assign", "short")
    unknown = run("retention", "assign", "long", "--custodian", "E1")

    assert (assigned["name"], assigned["assigned_to"]) == ("short", "E1")
    assert nobody.code == 2
    assert "one of the arguments --source --custodian --group is required" in nobody.err
    assert (unknown.code, unknown.err) == (1, "retention: no retention profile is named 'long'; there are: short\n")


def test_profile_with_a_number_that_can_not_be_is_wrong_use(run, staff):
    ran = run("retention", "set", "standard", "--keep-last", "0")

    assert (ran.code, RetentionProfile.objects.count()) == (2, 0)
    assert "argument --keep-last: '0' isn't a whole number from 1 to 100000" in ran.err


def test_profile_in_an_unknown_zone_is_refused(run, staff):
    ran = run("retention", "set", "standard", "--zone", "Mars/Base")

    assert (ran.code, RetentionProfile.objects.count()) == (1, 0)
    assert "zone 'Mars/Base' is unknown" in ran.err


@pytest.fixture
def aged(done, run, staff, tmp_path):
    """Of each of two custodians 4 files in a first snapshot, 3 in a second; every snapshot but the newest has expired."""
    for who in ("E1", "E2"):
        folder = tmp_path / who
        folder.mkdir()
        for name in ("a", "b", "c", "gone"):
            (folder / f"{name}.txt").write_text(f"{who} {name}" * 100)
        words = ("ingest", folder, "--custodian", who, "--create", "--format", "files")
        done(*words, "--at", "2026-01-01")
        (folder / "gone.txt").unlink()
        done(*words, "--at", "2026-02-01")
    done("matter", "create", "Case A")
    done("hold", "draft", "Case A", "Adams")
    done("hold", "place", "Adams", "--custodian", "E1")
    newest = ("retention", "set", "newest", "--keep-all-days", "0", "--default")
    done(*newest, "--confirm", run(*newest, "--json").data["confirm"])
    return done("retention", "apply")


def test_apply_expires_all_but_the_newest(aged):
    assert aged == {"sources": 2, "kept": 2, "expired": 2}
    assert Snapshot.objects.filter(expired_at=None).count() == 2


def test_compact_plan_says_what_goes_and_what_a_hold_keeps(run, done, aged):
    plan = done("compact", "--plan")
    text = run("compact", "--plan").out

    assert (plan["condemns"], plan["destroys"], plan["versions"], plan["held_versions"]) == (1, 0, 8, 1)
    assert [kept["label"] for kept in plan["kept_by"]] == ["Adams"]
    assert "Files (Bob Brown)         4          1          0  –" in text
    assert "would condemn 1 version and destroy 0 of 8 versions" in text
    assert "1 version (700 bytes) stays only because of holds and other pins" in text
    assert Version.objects.filter(condemned_at=None).count() == 8


def test_compact_without_grace_asks_and_then_destroys_what_nothing_keeps(run, done, aged):
    asked = run("compact", "--full", "--grace", "0s", "--json")
    ran = run("compact", "--full", "--grace", "0s", "--confirm", asked.data["confirm"])

    names = sorted(bytes(name) for name in Version.objects.values_list("name", flat=True))
    assert asked.code == 1
    assert ran.out.startswith("compaction completed: 1 version destroyed, 1 condemned\n")
    assert names.count(b"gone.txt") == 1
    assert len(names) == IndexRow.objects.count() == 7
    assert done("archive", "verify", "--full")["is_good"] is True


def test_compact_with_grace_only_condemns(run, aged):
    ran = run("compact")

    assert ran.code == 0
    assert ran.out.startswith("compaction completed: 0 versions destroyed, 1 condemned\n")
    assert ran.out.splitlines()[-1] == (
        "next: `compact` after 7 days of counted time destroys what was condemned, 1 version now;"
        " what is held or kept by then stays"
    )
    assert Version.objects.count() == 8


def test_compact_refuses_a_negative_grace(run, aged):
    assert run("compact", "--grace=-1d").code == 2


def test_explain_names_the_hold_and_the_run(run, done, aged):
    kept, gone = (sha256((f"{who} gone" * 100).encode()).hexdigest() for who in ("E1", "E2"))
    asked = run("compact", "--full", "--grace", "0s", "--json")
    run_key = done("compact", "--full", "--grace", "0s", "--confirm", asked.data["confirm"])["run"]

    lines = run("explain", kept).out.splitlines()
    [destroyed] = done("explain", gone)["items"]
    assert (lines[1], lines[-1]) == ("  file “gone.txt” of Files (Alice Adams)", "  held by Adams")
    assert (destroyed["phase"], destroyed["name"], destroyed["source"]) == ("destroyed", "", "Files")
    assert destroyed["custodians"] == ["Bob Brown"]
    assert "\n  file of Files (Bob Brown)\n" in run("explain", gone).out
    assert f"by run {run_key}" in run("explain", gone).out


@pytest.mark.parametrize("text", ["999999", "0" * 64, "nothing"])
def test_explain_of_what_never_was_is_refused(run, aged, text):
    ran = run("explain", text)

    assert ran.code == 1
    assert "999999" in ran.err or "no item has the number or SHA-256" in ran.err


def test_source_that_is_held_is_not_removed(run, done, aged):
    held, free = (done("source", "list", "--custodian", who)["sources"][0]["key"] for who in ("E1", "E2"))

    refused = run("source", "remove", held)
    asked = run("source", "remove", free, "--json")
    removed = run("source", "remove", free, "--confirm", asked.data["confirm"])

    assert (refused.code, refused.err) == (
        1,
        "source: Files can't be removed: it is held by Adams; release that first\n",
    )
    assert asked.data["message"].startswith("Removes Files (Bob Brown): 4 versions (1.9 kB) may then be destroyed.")
    assert removed.out == "Files is being removed: `compact` destroys 4 versions (1.9 kB) of it\n"
    assert [source.state for source in Source.objects.order_by("pk")] == ["active", "removing"]


def test_source_is_shown_by_key_not_by_a_name_that_two_have(run, done, aged):
    first = done("source", "list")["sources"][0]

    shown = done("source", "show", first["key"])
    ambiguous = run("source", "show", "Files")
    unknown = run("source", "show", "Phone")

    assert [(one["sequence"], one["is_expired"]) for one in shown["snapshots"]] == [(1, True), (2, False)]
    assert "1  2026-01-01 00:00  complete  expired" in run("source", "show", first["key"]).out
    assert ambiguous.code == unknown.code == 1
    assert ambiguous.err.startswith("source: 2 sources are named 'Files'; give the key of one: ")
    assert unknown.err == "source: no source has the key or name 'Phone'; `source list` shows yours\n"


def test_source_associated_with_a_held_custodian_is_held_at_once(run, done, aged):
    free = done("source", "list", "--custodian", "E2")["sources"][0]["key"]

    done("source", "associate", free, "--custodian", "E1", "--since", "2026-01-01")
    again = run("source", "associate", free, "--custodian", "E1")

    assert done("compact", "--plan")["condemns"] == 0
    assert run("source", "remove", free).code == 1
    assert (again.code, again.err) == (1, "source: Files is Alice Adams's already\n")


def test_lists_without_anything_say_what_to_do(run):
    assert run("source", "list").out == "no data sources yet; `ingest … --create` makes one\n"
    assert run("retention", "show").out == "no profiles yet, so every snapshot is kept; `retention set` makes one\n"
