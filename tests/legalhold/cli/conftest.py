"""Runs commands as a person would: in this process on the tests' database, or as a process of their own in a fresh home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from legalhold.cli.installation import open_installation
from legalhold.conf.environment import read_environment

ROOT = Path(__file__).resolve().parents[3]
STAFF = "email,name,employee_id\nalice@example.org,Alice Adams,E1\nbob@example.org,Bob Brown,E2\n"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def data(self):
        return json.loads(self.out)


@pytest.fixture
def home(tmp_path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def run(db, home, settings, capsys):
    """Run a command in this process: ``run("hold", "list", "--json")``."""
    settings.ENVIRONMENT = read_environment({"LEGALHOLD_HOME": str(home)})
    open_installation(say=lambda _line: None)

    def run_command(*words: str | Path) -> Ran:
        capsys.readouterr()
        code = 0
        try:
            call_command(*map(str, words))
        except SystemExit as ended:
            code = ended.code
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run_command


@pytest.fixture
def done(run):
    """Run a command with ``--json`` that must succeed, and return its data."""

    def run_command(*words: str | Path):
        ran = run(*words, "--json")
        assert ran.code == 0, ran.err
        return ran.data

    return run_command


@pytest.fixture
def staff(done, tmp_path):
    """Two custodians."""
    path = tmp_path / "staff.csv"
    path.write_text(STAFF)
    return done("custodians", "import", path)


@pytest.fixture
def office(done, staff, samples):
    """Two custodians, mail of the first, a calendar of the second, a matter and a drafted hold."""
    mail = samples / "mail" / "held.mbox"
    done("ingest", mail, "--custodian", "alice@example.org", "--create", "--at", "2026-01-01")
    done("ingest", samples / "ics", "--custodian", "E2", "--create", "--at", "2026-01-01")
    done("matter", "create", "Case A")
    return SimpleNamespace(mail=mail, hold=done("hold", "draft", "Case A", "Adams", "--reason", "a claim"))


@pytest.fixture
def process(home):
    """Run ``manage.py`` as a process of its own on SQLite in a fresh home."""
    environment = {**os.environ, "LEGALHOLD_HOME": str(home), "PYTHONWARNINGS": "error"}
    for name in ("DATABASE_URL", "LEGALHOLD_MASTER_KEY", "LEGALHOLD_ARCHIVE_URL", "LEGALHOLD_ANCHOR"):
        environment.pop(name, None)

    def run_process(*words: str | Path, **also) -> Ran:
        added = also.pop("environ", {})
        ended = subprocess.run(
            [sys.executable, ROOT / "manage.py", *map(str, words)],
            env={**environment, **added}, cwd=home.parent, capture_output=True, text=True, timeout=60, check=False, **also,
        )  # fmt: skip
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    run_process.environment = environment
    return run_process
