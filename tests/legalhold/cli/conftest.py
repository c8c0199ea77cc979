"""Runs commands as a person would: in this process on the tests' database, or as a process of their own in a fresh home."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
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
def held(done, office):
    """Mail and calendar on hold, so that the matter is shown both."""
    done("hold", "place", "Adams", "--custodian", "E1", "--custodian", "E2")
    return office


@pytest.fixture
def exported(done, held):
    return done("export", "create", "For counsel", "--hold", "Adams")


SEVERAL = """
import contextlib, io, json, sys
import django
from django.core.management import call_command

django.setup()
ran = []
for words in json.loads(sys.argv[1]):
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            call_command(*words)
        except SystemExit as ended:
            code = ended.code
    ran.append([code, out.getvalue(), err.getvalue()])
print(json.dumps(ran))
"""


def environment_of(home: Path) -> dict[str, str]:
    environment = {
        **os.environ, "LEGALHOLD_HOME": str(home), "PYTHONWARNINGS": "error", "DJANGO_SETTINGS_MODULE": "legalhold.conf.settings"
    }  # fmt: skip
    for name in ("DATABASE_URL", "LEGALHOLD_MASTER_KEY", "LEGALHOLD_ARCHIVE_URL", "LEGALHOLD_ANCHOR"):
        environment.pop(name, None)
    return environment


def run_process(home: Path, *words: str | Path, environ=None, **also) -> Ran:
    ended = subprocess.run(
        [sys.executable, ROOT / "manage.py", *map(str, words)],
        env={**environment_of(home), **(environ or {})}, cwd=home.parent, capture_output=True, text=True, timeout=60,
        check=False, **also,
    )  # fmt: skip
    return Ran(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture
def process(home):
    """Run ``manage.py`` as a process of its own on SQLite in a home of the test's own."""
    return partial(run_process, home)


@pytest.fixture
def processes(home):
    """Run several commands after each other in one process, which is quicker; returns how each ended."""

    def run_several(*commands: tuple[str | Path, ...]) -> list[Ran]:
        listed = json.dumps([list(map(str, words)) for words in commands])
        ended = subprocess.run(
            [sys.executable, "-c", SEVERAL, listed],
            env=environment_of(home) | {"PYTHONPATH": str(ROOT)}, cwd=home.parent, capture_output=True, text=True,
            timeout=90, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        return [Ran(*one) for one in json.loads(ended.stdout)]

    return run_several


@pytest.fixture
def environment(home):
    return environment_of(home)


@pytest.fixture(scope="session")
def first_start(tmp_path_factory) -> tuple[Path, Ran]:
    """A home after its first start, which imported one custodian; copied by each test that needs one."""
    folder = tmp_path_factory.mktemp("first-start")
    (folder / "staff.csv").write_text("email,name\nalice@example.org,Alice Adams\n")
    ran = run_process(folder / "home", "custodians", "import", folder / "staff.csv")
    return folder / "home", ran


@pytest.fixture
def started(first_start, home) -> Ran:
    source, ran = first_start
    assert ran.code == 0, ran.err
    shutil.copytree(source, home)
    shutil.copytree(source.parent / "home.keys", home.parent / "home.keys")
    return ran
