"""What a new user meets: the first start, keys, folders and disks that aren't as they should be; each as a process."""

from __future__ import annotations

import json
import os
import pwd
import resource
import runpy
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from legalhold.cli import installation

ROOT = Path(__file__).resolve().parents[3]
LIMIT_BYTES = 2_000_000
LOG_BYTES = 33_000
"""Room for the index of the write-ahead log, and for hardly anything in the log itself."""
FROZEN = "FROZEN: nothing can be placed, captured or destroyed; `archive stats` says why and what to do"


def test_first_start_makes_what_is_missing_and_says_so(first_start):
    home, ran = first_start
    key = home.parent / "home.keys" / "master.key"

    assert ran.out == "imported 1 row of staff.csv: 1 created, 0 updated, 0 unchanged\n"
    assert ran.err.splitlines() == [
        "first start: creating the database",
        f"first start: created the master key {key}; keep a copy of it elsewhere, without it nothing can be read",
        f"first start: created the audit trail's signing key {key.parent / 'audit.key'}; keep a copy of it with the master"
        " key's, no command runs without it",
    ]
    assert (key.stat().st_mode & 0o777, home.stat().st_mode & 0o777) == (0o400, 0o700)


def test_keys_that_are_gone_or_others_are_refused_and_nothing_is_made_instead(started, process, home):
    keys = home.parent / "home.keys"
    shutil.move(keys, home.parent / "elsewhere")
    missing = process("custodians", "list")
    keys.mkdir(mode=0o700)
    (keys / "master.key").write_bytes((home.parent / "elsewhere" / "master.key").read_bytes()[:-5] + b"0000\n")
    (keys / "master.key").chmod(0o400)
    wrong = process("custodians", "list")
    shutil.rmtree(keys)
    shutil.move(home.parent / "elsewhere", keys)
    back = process("custodians", "list")

    assert (missing.code, wrong.code, back.code) == (1, 1, 0)
    assert missing.err.count("\n") == wrong.err.count("\n") == 1
    assert "master.key" in missing.err
    assert wrong.err.startswith("custodians: ")
    assert "Alice Adams" in back.out


def test_archive_folder_that_is_gone_is_not_made_anew(started, process, home):
    shutil.move(home / "archive", home / "elsewhere")

    gone = process("custodians", "list")

    assert gone.code == 1
    assert gone.err.startswith("custodians: the catalog knows an archive but ")
    assert not (home / "archive").exists()


def test_database_that_is_gone_is_rebuilt_from_the_archive_and_confirmed(started, processes, home):
    for file in home.glob("legalhold.sqlite3*"):
        file.unlink()
    new = ("matter", "create", "Case A")

    stats = ("archive", "stats")
    empty, told, refused, rebuilt, still = processes(
        ("custodians", "list"), stats, new, ("archive", "rebuild", "--json"), new
    )
    digest = rebuilt.data["digest"]
    wrong, confirmed, listed, created = processes(
        ("archive", "confirm", "0" * 64), ("archive", "confirm", digest), ("custodians", "list"), new
    )

    assert [one.code for one in (refused, rebuilt, still, wrong, confirmed, listed, created)] == [1, 0, 1, 1, 0, 0, 0]
    assert (empty.code, "Alice" in empty.out) == (0, False)
    assert empty.err.splitlines()[-1] == FROZEN
    assert refused.err.splitlines()[0] == FROZEN
    assert "frozen         the archive's journal goes on" in told.out
    assert "the database is an older copy than the archive" in refused.err
    assert "archive rebuild" in refused.err
    assert "archive confirm" in still.err
    assert "isn't the archive's newest journal object" in wrong.err
    assert "Alice Adams" in listed.out


def test_home_that_can_not_be_made_is_said(process, home):
    home.write_text("a file")

    ran = process("custodians", "list")

    assert ran.code == 1
    assert ran.err.startswith(f"custodians: {home} can't be written to (")
    assert "set LEGALHOLD_HOME to a folder that can" in ran.err


def test_full_disk_ends_an_ingest_with_one_line_and_the_next_one_goes_on(started, process, processes, tmp_path):
    data = tmp_path / "files"
    data.mkdir()
    (data / "small.txt").write_text("small")
    (data / "large.bin").write_bytes(b"".join(number.to_bytes(4, "big") * 3 + b"x" for number in range(700_000)))
    words = ("ingest", data, "--custodian", "alice@example.org", "--create", "--format", "files")

    full = process(*words, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, LIMIT_BYTES)))
    verify = ("archive", "verify", "--full")
    after, again, shown = processes(verify, words, verify)

    assert (full.code, full.out) == (1, "")
    assert full.err.count("\n") == 1
    assert full.err.startswith("ingest: ")
    assert (after.code, again.code, shown.code) == (0, 0, 0)
    assert "items found 2 = captured 2 (new content)" in again.out


def test_settings_that_can_not_be_are_one_line(process):
    ran = process("custodians", "list", environ={"LEGALHOLD_ARCHIVE_URL": "s3://bucket"})

    assert ran.code == 1
    assert ran.err == "LEGALHOLD_ARCHIVE_URL is 's3://bucket': only a local folder (file:/path) is supported\n"


def test_ingest_that_was_killed_is_finished_by_the_next_command(started, process, samples):
    ingest = ("ingest", samples / "mail" / "held.mbox", "--custodian", "alice@example.org", "--create")
    killed = process(*ingest, environ={"LEGALHOLD_FAILPOINT": "capture.after_commit"})

    next_one = process("search", "kind:message", "--json")

    assert (killed.code, next_one.code) == (-9, 0)
    assert next_one.err == "finished 1 interrupted ingest: what was captured until then is in a partial snapshot\n"
    assert json.loads(next_one.out)["items"] > 0
    assert process("search", "kind:message").err == ""


def test_compaction_and_collection_that_were_cut_short_are_closed_by_the_next_command(
    started, processes, process, home, samples
):
    alice = "alice@example.org"
    processes(
        ("ingest", samples / "mail" / "held.mbox", "--custodian", alice, "--create"),
        ("matter", "create", "Case A"),
        ("matter", "add-custodians", "Case A", alice),
        ("search", "kind:message", "--matter", "Case A", "--save", "First"),
        ("compact",),
    )
    with closing(sqlite3.connect(home / "legalhold.sqlite3")) as database, database:
        database.execute("UPDATE catalog_compactionrun SET state = 'running', finished_at = NULL, counts = '{}'")
        database.execute("UPDATE review_collection SET state = 'freezing'")

    next_one, after = process("collection", "list", "--json"), process("collection", "list", "--json")

    assert next_one.err.splitlines() == [
        "closed 1 interrupted compaction: the next one goes on from there",
        "let go of 1 collection whose freezing was interrupted: collect again",
    ]
    assert (json.loads(next_one.out)["collections"], after.err) == ([], "")


def test_who_acted_is_whose_process_it_is_whatever_the_environment_says(started, process, home):
    made = process("matter", "create", "Case A", environ={"LOGNAME": "mallory", "USER": "mallory"})
    shown = process("audit", "export", home.parent / "trail")

    trail = (home.parent / "trail").read_text()
    assert (made.code, shown.code) == (0, 0)
    assert f"system:{pwd.getpwuid(os.getuid()).pw_name}" in trail
    assert "mallory" not in trail


def test_a_user_without_a_name_acts_as_its_number(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 4_123_456)

    assert installation._user() == "uid-4123456"


def test_start_that_is_interrupted_ends_with_one_line(monkeypatch, capsys):
    def interrupted(_words):
        raise KeyboardInterrupt

    monkeypatch.setattr("django.core.management.ManagementUtility.execute", interrupted)
    monkeypatch.setattr(sys, "argv", ["manage.py", "matter", "list", "--json"])

    with pytest.raises(SystemExit, match="interrupted; run the command again to go on"):
        runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")

    assert json.loads(capsys.readouterr().out) == {
        "error": "Interrupted",
        "message": "interrupted; run the command again to go on",
    }


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"DATABASE_URL": "bogus"}, "DATABASE_URL begins with 'bogus': use postgresql://… or sqlite:///…"),
        (
            {"DATABASE_URL": "postgresql://me:secret@[bad"},
            "DATABASE_URL isn't an address: write it like postgresql://user:password@host:5432/name",
        ),
        (
            {"LEGALHOLD_ARCHIVE_URL": "s3://x"},
            "LEGALHOLD_ARCHIVE_URL is 's3://x': only a local folder (file:/path) is supported",
        ),
    ],
)
def test_settings_that_can_not_be_are_an_object_too(process, environ, message):
    ran = process("custodians", "list", "--json", environ=environ)

    assert (ran.code, ran.data) == (1, {"error": "SettingInvalid", "message": message})
    assert ran.err == f"{message}\n"


def test_signing_key_that_is_gone_is_named_with_what_to_do(started, process, home):
    (home.parent / "home.keys" / "audit.key").unlink()

    ran = process("custodians", "list")

    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert ran.err.startswith(
        f"custodians: there is no signing key of the audit trail at {home.parent / 'home.keys' / 'audit.key'},"
        " which no command runs without: put it back from your copy of the keys"
    )


def test_database_that_can_not_be_written_is_named(started, process, home, monkeypatch):
    for name in ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"):
        monkeypatch.delenv(name, raising=False)  # what measures the process couldn't write its own file either
    ran = process(
        "matter", "create", "Case A",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LOG_BYTES, LOG_BYTES)),
    )  # fmt: skip
    after = process("matter", "list", "--json")

    place = home / "legalhold.sqlite3"
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"matter: {place} can't be read or written (disk I/O error): check its disk and run it again\n"
    assert (after.code, after.data["matters"]) == (0, [])
