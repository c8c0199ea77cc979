"""The demo as a new user runs it: a fresh folder, one command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
        "LEGALHOLD_HOME": str(home)
    }
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    home = tmp_path_factory.mktemp("demo") / "var"
    done = run(home, "demo", "--json")
    assert done.returncode == 0, done.stderr
    return home, json.loads(done.stdout)


def test_what_was_deleted_stays_only_where_it_is_held(demo):
    held, unheld = demo[1]["sides"]

    assert held == {"name": "Alice Adams", "ever_captured": 433, "kept": 433, "destroyed": 0, "only_by_hold": 115}
    assert unheld == {"name": "Bob Brown", "ever_captured": 433, "kept": 318, "destroyed": 115, "only_by_hold": 0}


def test_every_item_is_accounted_for(demo):
    ledger, counts = demo[1]["ledger"], demo[1]["export"]

    captured = ledger["captured_new"] + ledger["captured_known"] + ledger["unchanged"]
    assert ledger["items_found"] == captured + ledger["excluded"] + ledger["not_captured"] == 19_810
    assert counts["collected"] == counts["exported"] == 472


def test_removing_the_held_mailbox_is_refused_by_name(demo):
    assert demo[1]["refused"] == "Mail can't be removed: it is held by Adams; release that first"


def test_the_archive_and_the_trail_verify_afterwards(demo):
    archive, audit = run(demo[0], "archive", "verify", "--full", "--json"), run(demo[0], "audit", "verify", "--json")

    assert (archive.returncode, audit.returncode) == (0, 0), (
        archive.stdout + archive.stderr + audit.stdout + audit.stderr
    )


def test_the_demo_leaves_other_data_alone(demo):
    again = run(demo[0], "demo")

    assert again.returncode == 1
    assert "holds data already" in again.stderr
