"""What a failure of the database means to whoever runs it: which file, and what to do. SQLite alone says neither."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.db import connection

if TYPE_CHECKING:
    from django.db import DatabaseError

PRIMARY: Final = 0xFF
"""The low byte of SQLite's code says what failed, the others where."""

LEAST_FREE_BYTES: Final = 1_000_000
"""With less than that free, an "I/O error" is a file that couldn't grow: the index of the write-ahead log, say."""


def explain(*, error: DatabaseError) -> str:
    """Return one line: what is wrong with which file, and what to do; else what the database said."""
    code = getattr(error.__cause__, "sqlite_errorcode", 0) & PRIMARY
    path = Path(str(connection.settings_dict["NAME"]))
    if code == sqlite3.SQLITE_FULL or (code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN} and _is_full(path)):
        return f"no room on the disk of {path}: free some space and run it again"
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return f"another program, such as a backup or a database browser, has locked {path}: end it and run it again"
    said = " ".join(str(error).split())
    if code == sqlite3.SQLITE_IOERR:
        return f"{path} can't be read or written ({said}): check its disk and run it again"
    return f"the database refused: {said}"


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < LEAST_FREE_BYTES
    except OSError:  # the folder is gone: then that is what the error says
        return False
