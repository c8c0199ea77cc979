"""Triggers that refuse what would destroy data or narrow what pins cover, whoever asks for it and by whatever path.

SQLite rebuilds a table to change it and drops its triggers doing so: every migration that alters a table named in
``rules`` ends with ``install``; ``missing`` tells what isn't there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from legalhold.catalog.triggers import postgresql, sqlite

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["install", "missing"]

_TABLE: Final = re.compile(r"\bcatalog_[a-z]+\b")


def install(*, connection: BaseDatabaseWrapper) -> None:
    """Create every trigger anew; not those that name a table which isn't there yet: what makes it installs again.

    Migrations that installed before a table was thought of run with today's rules.
    """
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for statements in _dialect(connection).statements():
            if tables.issuperset(_TABLE.findall(" ".join(statements))):
                for statement in statements:
                    cursor.execute(statement)


def missing(*, connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """Return the names of triggers that should be there and aren't, aren't enabled, or refuse something else."""
    dialect = _dialect(connection)
    with connection.cursor() as cursor:
        cursor.execute(dialect.INSTALLED)
        installed = dict(cursor.fetchall())
    return tuple(sorted(name for name, body in dialect.bodies().items() if installed.get(name) != body))


def _dialect(connection: BaseDatabaseWrapper) -> type[postgresql.Dialect | sqlite.Dialect]:
    return postgresql.Dialect if connection.vendor == "postgresql" else sqlite.Dialect
