"""Hostile mail, calendars and contacts: all of it is ingested, each file has one fate, and memory stays small."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from legalhold.archive import Archive, load_master_key, open_archive
from legalhold.catalog.models import Source
from legalhold.catalog.reading import open_content
from legalhold.ingest.models import LedgerEntry

MOST_BYTES = 500 << 20
ROOT = Path(__file__).parents[2]


def _address() -> str:
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    return f"postgresql:///{found['NAME']}?host={found['HOST']}&user={found['USER']}"


@pytest.mark.corpora
def test_hostile_input_is_ingested_completely(transactional_db, corpora, tmp_path, random):
    named = [f"{chosen}:{corpora / name}" for chosen, name in (
        ("auto", "mail-nasty"), ("eml", "mail-nasty"), ("mbox", "mail-nasty"), ("auto", "ics"), ("auto", "vcf"),
        ("eml", "mail-nasty/infinite_loop_334B.eml"),
    )]  # fmt: skip
    environ = {
        **os.environ,
        "LEGALHOLD_HOME": str(tmp_path / "home"),
        "DATABASE_URL": _address(),
        "PYTHONPATH": str(ROOT),
    }

    run = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "tests/journeys/measured.py", *named],
        env=environ, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    print(told["seconds"], told["peak_bytes"] >> 20)
    assert told["peak_bytes"] < MOST_BYTES
    master = load_master_key(f"file:{tmp_path}/home.keys/master.key", environ={})
    archive = open_archive(root=tmp_path / "home/archive", master=master, random=random)
    for source, ledger in told["ledgers"].items():
        path = Path(source.partition(":")[2])
        _check(ledger, [path] if path.is_file() else [below for below in path.rglob("*") if below.is_file()], archive)
    assert LedgerEntry.objects.count() == 0
    assert Source.objects.count() == len(named)


def _check(ledger: dict, files: list[Path], archive: Archive) -> None:
    """Every file is a container or an item, every item is captured, and every file's bytes can be had again."""
    assert ledger["state"] == "complete"
    assert ledger["files_containers"] + ledger["files_single"] == ledger["files_opened"] == len(files)
    assert ledger["captured_new"] + ledger["captured_known"] == ledger["items_found"]
    assert [ledger[fate] for fate in ("unchanged", "excluded", "not_captured")] == [0, 0, 0]
    for file in files:
        data = file.read_bytes()
        assert b"".join(open_content(digest=hashlib.sha256(data).digest(), archive=archive)) == data
