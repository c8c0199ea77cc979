"""Triggers that refuse to change or remove what was recorded. Who may drop them isn't stopped, and is found out later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

TABLES: Final = ("audit_auditevent", "audit_sealedevent", "audit_treehead")
REFUSAL: Final = "the audit trail is only added to"

FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $refusal$
BEGIN RAISE EXCEPTION USING MESSAGE = '{REFUSAL}', ERRCODE = 'integrity_constraint_violation'; END $refusal$
"""


def install(*, connection: BaseDatabaseWrapper) -> None:
    """Create every trigger anew. SQLite drops a table's triggers when it rebuilds the table: migrations end with this."""
    make = _for_postgresql if connection.vendor == "postgresql" else _for_sqlite
    with connection.cursor() as cursor:
        for statement in make():
            cursor.execute(statement)


def _for_postgresql() -> Iterator[str]:
    yield FUNCTION
    for table in TABLES:
        yield f"DROP TRIGGER IF EXISTS {table}_only_grows ON {table}"
        yield (
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        )


def _for_sqlite() -> Iterator[str]:
    for table in TABLES:
        for act in ("UPDATE", "DELETE"):
            name = f"{table}_refuses_{act.lower()}"
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
