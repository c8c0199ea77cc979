from __future__ import annotations

import os
import signal
import sys

import pytest

from legalhold.catalog.models import Snapshot, Source, Version
from legalhold.custodians.models import Custodian
from legalhold.review.models import IndexedSnapshot


def test_ingest_prints_its_ledger_not_captured_first(run, staff, samples):
    ran = run("ingest", samples / "mail" / "held.mbox", "--custodian", "E1", "--create", "--at", "2026-01-01")

    lines = ran.out.splitlines()
    assert ran.code == 0
    assert lines[:3] == [
        "snapshot 1 of Mail (Alice Adams), taken 2026-01-01 00:00:00 UTC, read as mbox: complete",
        "not captured: 0",
        "excluded: 0",
    ]
    assert lines[3].startswith("items found 20 = captured 19 (new content) + captured 1 (content already stored")
    assert lines[4] == "files opened 1 = containers 1 + single items 0 + excluded 0 + unreadable 0"


def test_ingest_with_json_is_one_object(done, staff, samples):
    data = done("ingest", samples / "mail" / "held.mbox", "--custodian", "E1", "--create", "--note", "first")

    assert (data["state"], data["sequence"], data["is_interrupted"]) == ("complete", 1, False)
    assert (data["ledger"]["items_found"], data["ledger"]["not_captured"]) == (20, 0)


def test_ingest_writes_down_custody(done, staff, samples):
    mail = samples / "mail" / "held.mbox"

    done(
        "ingest",
        mail,
        "--custodian",
        "E1",
        "--create",
        "--evidence-no",
        "K-7",
        "--method",
        "export",
        "--at",
        "2026-01-01",
    )

    custody = Snapshot.objects.get().custody
    assert custody["evidence_number"] == "K-7"
    assert custody["method"] == "export"
    assert custody["clock_source"] == "given by hand"
    assert custody["origin_path"] == str(mail)


def test_ingest_is_searchable_when_it_returns(done, staff, samples):
    done("ingest", samples / "mail" / "held.mbox", "--custodian", "E1", "--create")

    assert IndexedSnapshot.objects.count() == 1


def test_ingest_create_makes_the_custodian(done, samples):
    done("ingest", samples / "ics", "--custodian", "carol@example.org", "--create")

    assert Custodian.objects.get().name == "carol@example.org"


def test_ingest_excludes_by_pattern(done, staff, samples):
    data = done("ingest", samples / "files", "--custodian", "E1", "--create", "--format", "files", "--exclude", "*.csv")

    assert data["ledger"]["excluded"] == data["ledger"]["excluded:*.csv"] == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("{tmp}/none", "--custodian", "E1"), "{tmp}/none: no such file or folder; check the path"),
        (("{tmp}/empty.mbox", "--custodian", "E1", "--create"), "{tmp}/empty.mbox is empty: its format can't be told"),
        (("{mail}",), "say whose data this is (--custodian) or which source (--source)"),
        (
            ("{mail}", "--custodian", "eve@example.org"),
            "no custodian has the address, employee id or key 'eve@example.org'",
        ),
        (("{mail}", "--custodian", "E1", "--source", "Phone"), "Alice Adams has no source named 'Phone'"),
        (
            ("{mail}", "--custodian", "E1", "--create", "--format", "maildir"),
            "{mail} is a file and can't be read as maildir",
        ),
        (("{mail}", "--custodian", "nobody", "--create"), "no custodian has the address, employee id or key 'nobody'"),
    ],
)
def test_ingest_of_what_can_not_be_captured_leaves_nothing(run, staff, samples, tmp_path, words, line):
    (tmp_path / "empty.mbox").touch()
    places = {"tmp": str(tmp_path), "mail": str(samples / "mail" / "held.mbox")}

    ran = run("ingest", *(word.format(**places) for word in words))

    assert ran.code == 1
    assert ran.err.startswith(f"ingest: {line.format(**places)}")
    assert ran.err.count("\n") == 1
    assert (Source.objects.count(), Snapshot.objects.count(), Version.objects.count()) == (0, 0, 0)


def test_ingest_of_an_earlier_time_is_refused(run, office):
    ran = run("ingest", office.mail, "--custodian", "E1", "--at", "2025-12-31")

    assert ran.code == 1
    assert "has a snapshot taken at 2026-01-01T00:00:00+00:00; 2025-12-31T00:00:00+00:00 isn't later" in ran.err
    assert Snapshot.objects.filter(source__name="Mail").count() == 1


def test_ingest_at_a_wrong_date_is_wrong_use(run, office):
    ran = run("ingest", office.mail, "--custodian", "E1", "--at", "2026-31-31")

    assert ran.code == 2
    assert ran.err.startswith("ingest: argument --at: '2026-31-31' is no time: write 2026-03-31")


def test_ingest_of_a_source_that_vanished_asks_and_takes_the_digest(run, done, staff, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(10):
        (folder / f"{number}.txt").write_text(f"text {number}")
    words = ("ingest", folder, "--custodian", "E1", "--create", "--format", "files")
    done(*words, "--at", "2026-01-01")
    for number in range(5):
        (folder / f"{number}.txt").unlink()

    asked = run(*words, "--at", "2026-01-02")
    asked_as_data = run(*words, "--at", "2026-01-02T12:00", "--json").data
    digest = asked_as_data["confirm"]
    confirmed = done(*words, "--at", "2026-01-03", "--confirm", digest)

    assert asked.code == 1
    assert asked.err.startswith(
        "ingest: 5 of 10 items of Files (Alice Adams) have vanished: snapshot 2 is kept as partial"
    )
    assert (asked_as_data["error"], asked_as_data["message"].endswith(f"--confirm {digest}")) == ("VanishedShare", True)
    assert [confirmed["state"], confirmed["ledger"]["closed"]] == ["complete", 5]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ingest_asked_to_stop_ends_as_partial(run, staff, samples, monkeypatch, number):
    monkeypatch.setattr("legalhold.ingest.services.scanning.TOLD_EVERY", 1)
    monkeypatch.setattr("legalhold.cli.progress.Progress.tell", lambda _self, **_figures: os.kill(os.getpid(), number))
    before = signal.getsignal(number)

    ran = run("ingest", samples / "maildir", "--custodian", "E1", "--create")

    assert ran.code == 1
    assert "interrupted: what was captured until then is kept" in ran.out
    assert Snapshot.objects.get().state == "partial"
    assert signal.getsignal(number) == before


def test_ingest_asked_twice_to_stop_ends_at_once(run, done, staff, samples, monkeypatch):
    def tell(_self, **_figures):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        sys.stderr.flush()

    with monkeypatch.context() as patch:
        patch.setattr("legalhold.cli.progress.Progress.tell", tell)
        ran = run("ingest", samples / "maildir", "--custodian", "E1", "--create", "--at", "2026-01-01")
    again = done("ingest", samples / "maildir", "--custodian", "E1", "--at", "2026-01-02")

    assert ran.code == 1
    assert ran.err.endswith("interrupted: what was acknowledged is kept; run the command again to go on\n")
    assert again["state"] == "complete"
    assert [one.state for one in Snapshot.objects.order_by("sequence")] == ["partial", "complete"]


@pytest.mark.parametrize("named", ["home", "home/archive/keys", "home.keys", "."])
def test_own_data_and_keys_are_never_captured(run, staff, home, named):
    path = home.parent / named

    ran = run("ingest", path, "--custodian", "E1", "--source", "All", "--create", "--format", "files")

    assert ran.code == 1
    assert ran.err.startswith(f"ingest: {path}: {home}")
    assert "belongs to this installation" in ran.err
    assert (Source.objects.count(), Snapshot.objects.count()) == (0, 0)
