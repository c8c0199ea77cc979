"""What SQLite's failures mean: a full disk and a lock are named with the file and what to do."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import NamedTuple

import pytest
from django.db import OperationalError, connection

from legalhold.database.failures import LEAST_FREE_BYTES, explain

BROKEN = "{} can't be read or written (it failed): check its disk and run it again"
NO_ROOM = "no room on the disk of {}: free some space and run it again"
LOCKED = "another program, such as a backup or a database browser, has locked {}: end it and run it again"


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def path(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "legalhold.sqlite3"
    monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
    return path


def failed(text: str, code: int | None) -> OperationalError:
    """An error as Django raises it: SQLite's is its cause."""
    error = OperationalError(text)
    if code is not None:
        error.__cause__ = sqlite3.OperationalError(text)
        error.__cause__.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "free", "text"),
    [
        (sqlite3.SQLITE_FULL, 10**12, NO_ROOM),
        (sqlite3.SQLITE_IOERR_SHMSIZE, LEAST_FREE_BYTES - 1, NO_ROOM),
        (sqlite3.SQLITE_CANTOPEN, 0, NO_ROOM),
        (sqlite3.SQLITE_IOERR_SHMSIZE, LEAST_FREE_BYTES, BROKEN),
        (sqlite3.SQLITE_BUSY, 0, LOCKED),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, 10**12, LOCKED),
        (sqlite3.SQLITE_LOCKED, 10**12, LOCKED),
        (sqlite3.SQLITE_CORRUPT, 0, "the database refused: it failed"),
        (None, 0, "the database refused: it failed"),
    ],
)
def test_failure_is_named_by_its_code_and_the_room_that_is_left(path, monkeypatch, code, free, text):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, free if folder == path.parent else 10**12))

    assert explain(error=failed("it\nfailed", code)) == text.format(path)


def test_failure_in_a_folder_that_is_gone_is_not_taken_for_a_full_disk(path):
    path.parent.rmdir()

    assert explain(error=failed("it failed", sqlite3.SQLITE_IOERR)) == BROKEN.format(path)


def test_database_that_another_program_has_locked_is_named(path):
    with sqlite3.connect(path) as other, sqlite3.connect(path, timeout=0) as ours:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as refused:
            ours.execute("BEGIN IMMEDIATE")
    error = OperationalError(str(refused.value))
    error.__cause__ = refused.value

    assert explain(error=error) == LOCKED.format(path)
