"""Set-based SQL on both databases: bulk rows in, lists of ids and digests as parameters, rows out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CHUNK = 500
"""Values per statement where a database has no array parameter."""


def is_postgresql() -> bool:
    """Whether the default database is PostgreSQL."""
    return connection.vendor == "postgresql"


def insert_rows(*, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert ``rows`` fast: COPY on PostgreSQL, ``executemany`` on SQLite. Instants are given as microseconds."""
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        if is_postgresql():
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", cast("Any", rows))


def any_id(column: str) -> str:
    """Return the condition that ``column`` is among the ids of one parameter made by ``ids``."""
    return f"{column} = ANY(%s)" if is_postgresql() else f"{column} IN (SELECT value FROM json_each(%s))"


def ids(values: Iterable[int]) -> Any:
    """Return the parameter for ``any_id``, sorted so that rows are locked in one order."""
    return sorted(values) if is_postgresql() else json.dumps(sorted(values))


def locked(select: str) -> str:
    """Return ``select`` (which must ORDER BY id) as a statement that locks its rows; SQLite's writers are alone."""
    return f"{select} FOR UPDATE" if is_postgresql() else select


def execute(sql: str, params: Sequence[Any] = ()) -> int:
    """Run one statement and return the number of rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def fetch(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement and return all its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def in_chunks(values: Sequence[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """Yield (marks, values) for ``IN (…)`` over digests, at most ``CHUNK`` a statement."""
    for start in range(0, len(values), CHUNK):
        part = list(values[start : start + CHUNK])
        yield ", ".join(["%s"] * len(part)), part
