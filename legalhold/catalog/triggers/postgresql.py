"""The rules as PostgreSQL triggers. Versions go by the hundred thousand, so their pins are asked once per statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from legalhold.catalog.held import is_held
from legalhold.catalog.triggers.rules import (
    DELETING,
    GATE_SHUT,
    HELD,
    NARROWING,
    TABLES,
    UNCHANGING,
    VERSION_RULES,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SHUT: Final = "COALESCE(current_setting('legalhold.gate', true), '') <> 'open'"
ROWS: Final = (*UNCHANGING, *NARROWING, *DELETING)


class Dialect:
    """How PostgreSQL is told."""

    INSTALLED: Final = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"

    @staticmethod
    def statements() -> Iterator[str]:
        """Yield what creates every trigger anew."""
        for rule in ROWS:
            timing = f"BEFORE {_event(rule)} ON catalog_{rule.table} FOR EACH ROW"
            result = "NEW" if rule.columns else "OLD"
            yield from _trigger(rule.table, _name(rule), timing, rule.condition.format(shut=SHUT), rule.message, result)
        for table in TABLES:
            timing = f"BEFORE TRUNCATE ON catalog_{table} FOR EACH STATEMENT"
            yield from _trigger(table, _truncating(table), timing, "TRUE", f"{table} rows are never truncated", "NULL")
        gate, held = VERSION_RULES
        each = "ON catalog_version{} FOR EACH STATEMENT"
        yield from _trigger("version", gate, f"BEFORE DELETE {each.format('')}", SHUT, GATE_SHUT, "NULL")
        held_now = f"EXISTS (SELECT 1 FROM gone v WHERE {is_held(version='v')})"
        after = f"AFTER DELETE {each.format(' REFERENCING OLD TABLE AS gone')}"
        yield from _trigger("version", held, after, held_now, HELD, "NULL")

    @staticmethod
    def names() -> list[str]:
        """Return the names of all triggers."""
        return [*(_name(rule) for rule in ROWS), *(_truncating(table) for table in TABLES), *VERSION_RULES]


def _trigger(table: str, name: str, timing: str, condition: str, message: str, result: str) -> Iterator[str]:
    text = message.replace("'", "''")
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $refusal$ BEGIN IF {condition} THEN"
        f" RAISE EXCEPTION USING MESSAGE = '{text}', ERRCODE = 'integrity_constraint_violation'; END IF;"
        f" RETURN {result}; END $refusal$"
    )
    yield f"DROP TRIGGER IF EXISTS {name} ON catalog_{table}"
    yield f"CREATE TRIGGER {name} {timing} EXECUTE FUNCTION {name}()"


def _name(rule: Rule) -> str:
    return f"{rule.table}_{rule.name}"


def _truncating(table: str) -> str:
    return f"{table}_is_never_truncated"


def _event(rule: Rule) -> str:
    columns = ", ".join(f'"{column}"' for column in rule.columns)
    return f"UPDATE OF {columns}" if columns else "DELETE"
