from __future__ import annotations

import errno
import json
import os
import signal
from dataclasses import replace

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder

from legalhold.approvals.confirmation import ApprovalNeeded
from legalhold.archive import failpoints
from legalhold.cli.installation import DatabaseNotMigrated, open_installation
from legalhold.cli.refusing import refusal
from legalhold.matters.models import Matter


def test_refusal_of_ours_is_its_sentence_without_what_moves_the_cursor():
    assert refusal(DatabaseNotMigrated("file \x1b[2Jx\nsecond line")) == "file �[2Jx\nsecond line"


def test_refusal_that_asks_names_the_digest():
    error = ApprovalNeeded(digest="ab" * 32, text="1 pin would end.")

    assert refusal(error) == f"1 pin would end. If that is what you want, run it again with --confirm {'ab' * 32}"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "a.csv"), "a.csv: No such file or directory"),
        (OSError(errno.ENOSPC, "No space left on device"), "the system: No space left on device"),
        (OSError("odd"), "the system: odd"),
        (OperationalError("disk I/O\nerror"), "the database refused: disk I/O error"),
    ],
)
def test_refusal_by_system_or_database_is_one_line(error, text):
    assert refusal(error) == text


def test_fault_of_ours_keeps_its_traceback(run, monkeypatch):
    def fail(**_given):
        raise ZeroDivisionError

    monkeypatch.setattr("legalhold.cli.management.commands.matter.visible_matters", fail)

    assert refusal(ZeroDivisionError()) is None
    with pytest.raises(ZeroDivisionError):
        run("matter", "list")


def test_fault_of_ours_is_an_object_too(run, monkeypatch, capsys):
    def fail(**_given):
        raise ZeroDivisionError

    monkeypatch.setattr("legalhold.cli.management.commands.matter.visible_matters", fail)

    with pytest.raises(ZeroDivisionError):
        run("matter", "list", "--json")

    assert json.loads(capsys.readouterr().out) == {
        "error": "ZeroDivisionError",
        "message": "this is a fault of the program; the traceback is on standard error",
    }


def test_seal_that_fails_by_a_fault_of_ours_keeps_its_traceback(run, monkeypatch):
    def fail(**_given):
        raise ZeroDivisionError

    monkeypatch.setattr("legalhold.cli.installation.seal", fail)

    with pytest.raises(ZeroDivisionError):
        run("matter", "list")


def test_termination_is_an_interruption(run, monkeypatch):
    def ask(**_given):
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("legalhold.cli.management.commands.matter.visible_matters", ask)
    before = signal.getsignal(signal.SIGTERM)

    ran, told = run("matter", "list"), run("matter", "list", "--json")

    message = "interrupted: what was acknowledged is kept; run the command again to go on"
    assert (told.code, told.data) == (1, {"error": "Interrupted", "message": message})
    assert ran.code == 1
    assert ran.err == "interrupted: what was acknowledged is kept; run the command again to go on\n"
    assert signal.getsignal(signal.SIGTERM) == before


def test_database_of_an_older_version_is_refused(run):
    MigrationRecorder.Migration.objects.filter(app="webdav").delete()

    ran = run("matter", "create", "Case A")

    assert (ran.code, Matter.objects.count()) == (1, 0)
    assert ran.err == "matter: the database lacks 1 migration: back it up, then run manage.py migrate\n"


def test_second_opening_says_nothing(run):
    said = []

    open_installation(say=said.append)

    assert said == []


def test_names_from_evidence_can_not_move_the_cursor(run, done):
    done("matter", "create", "Case A", "--reference", "ref")
    Matter.objects.update(reference="\x1b[2J")

    assert "\x1b" not in run("matter", "list").out


@pytest.mark.parametrize("words", [("hold", "--help"), ("hold", "place", "--help"), ("ingest", "--help")])
def test_help_shows_no_options_of_the_framework(run, words):
    ran = run(*words)

    assert ran.code == 0
    assert "--json" in ran.out
    assert "--settings" not in ran.out
    assert "--verbosity" not in ran.out


def test_failpoint_that_does_not_exist_is_refused(run, settings):
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, failpoint="nowhere")

    ran = run("matter", "list")

    assert ran.code == 1
    assert ran.err.startswith("matter: there is no failpoint 'nowhere'; there are audit.after_seal, ")


def test_failpoint_that_exists_is_armed(run, settings):
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, failpoint="unlink.row:9")

    ran = run("matter", "list")
    failpoints.disarm()

    assert ran.code == 0
