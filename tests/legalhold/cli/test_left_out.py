"""What an ingest left out can be seen by name."""

from __future__ import annotations

import pytest

from legalhold.catalog.models import Source


@pytest.fixture
def folder(tmp_path):
    """Nine links, which aren't followed, three files left out by a rule, and one that is captured."""
    folder = tmp_path / "laptop"
    folder.mkdir()
    for number in range(9):
        (folder / f"link{number}").symlink_to("/nowhere")
    for number in range(3):
        (folder / f"{number}.tmp").write_text("temporary")
    (folder / "kept.txt").write_text("kept")
    return folder


@pytest.fixture
def words(folder):
    return ("ingest", folder, "--custodian", "E1", "--create", "--format", "files", "--exclude", "*.tmp")


def test_ingest_names_the_first_that_were_left_out_and_where_the_rest_is_named(run, staff, words):
    lines = run(*words).out.splitlines()

    key = Source.objects.get().key
    first = lines.index("left out:")
    assert lines[first + 1 : first + 10] == [f"  link{number}: a symbolic link to /nowhere" for number in range(9)]
    assert lines[first + 10 :] == [
        "  0.tmp: excluded by the rule *.tmp",
        f"  … and 2 more: `source show {key} --left-out --snapshot 1`",
        f"next: `source show {key}` shows its snapshots, `search` finds what is in them",
    ]


def test_ingest_names_all_that_were_left_out_as_data(done, staff, words):
    left_out = done(*words)["left_out"]

    assert [one["path"] for one in left_out][8:] == ["link8", "0.tmp", "1.tmp", "2.tmp"]
    assert left_out[0] == {
        "sequence": 1,
        "path": "link0",
        "fate": "not_captured",
        "reason": "UnsupportedArtifact",
        "detail": "a symbolic link to /nowhere",
        "because": "a symbolic link to /nowhere",
    }


def test_source_counts_and_names_what_each_snapshot_left_out(run, done, staff, words, folder):
    done(*words, "--at", "2026-01-01")
    (folder / "link8").unlink()
    done(*words, "--at", "2026-02-01")

    shown = run("source", "show", "Files").out.splitlines()
    named = done("source", "show", "Files", "--left-out")["left_out"]
    second = run("source", "show", "Files", "--left-out", "--snapshot", "2").out.splitlines()

    assert shown[6] == "snapshot  taken (UTC)       state     kept by  not captured  excluded"
    assert shown[7] == "       1  2026-01-01 00:00  complete  kept                9         3"
    assert shown[-1].endswith("--left-out` names what was left out")
    assert [one["sequence"] for one in named] == [1] * 12 + [2] * 11
    assert (len(second) - 7, second[7].split()) == (11, ["2", "link0", "a", "symbolic", "link", "to", "/nowhere"])


def test_snapshot_alone_is_wrong_use(run, staff, words):
    run(*words)

    assert run("source", "show", "Files", "--snapshot", "1").code == 2


def test_ingest_of_what_is_nobodys_says_that_holds_do_not_reach_it(run, samples):
    ran = run("ingest", samples / "mail" / "held.mbox", "--source", "Shared", "--create", "--at", "2026-01-01")

    key = Source.objects.get().key
    assert ran.out.splitlines()[:2] == [
        "snapshot 1 of Shared, taken 2026-01-01 00:00:00 UTC, read as mbox: complete",
        f"the source is nobody's, so holds on people don't reach it: `source associate {key} --custodian WHO` says whose it is",
    ]
    assert "custodians  nobody: holds on people don't reach it" in run("source", "show", "Shared").out


def test_sources_of_one_name_are_told_apart(run, done, staff, samples):
    for who in ("E1", "E2"):
        done("ingest", samples / "mail" / "held.mbox", "--custodian", who, "--create")
    one, two = Source.objects.order_by("pk")

    assert run("source", "show", "Mail").err == (
        f"source: 2 sources are named 'Mail'; give the key of one: Alice Adams: {one.key}; Bob Brown: {two.key}\n"
    )
