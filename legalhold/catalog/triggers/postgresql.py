"""The rules as PostgreSQL triggers. Versions go by the hundred thousand, so their pins are asked once per statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

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

    INSTALLED: Final = (
        "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
    )

    @staticmethod
    def statements() -> Iterator[tuple[str, ...]]:
        """Yield what creates each trigger anew."""
        for trigger in _triggers():
            function = f"{trigger.name}() RETURNS trigger LANGUAGE plpgsql AS $refusal${trigger.body}$refusal$"
            yield (
                f"CREATE OR REPLACE FUNCTION {function}",
                f"DROP TRIGGER IF EXISTS {trigger.name} ON catalog_{trigger.table}",
                f"CREATE TRIGGER {trigger.name} {trigger.timing} EXECUTE FUNCTION {trigger.name}()",
            )

    @staticmethod
    def bodies() -> dict[str, str]:
        """Return each trigger's name and what ``INSTALLED`` gives beside it."""
        return {trigger.name: trigger.body for trigger in _triggers()}


class _Trigger(NamedTuple):
    table: str
    name: str
    timing: str
    body: str


def _triggers() -> Iterator[_Trigger]:
    for rule in ROWS:
        timing = f"BEFORE {_event(rule)} ON catalog_{rule.table} FOR EACH ROW"
        condition, result = rule.condition.format(shut=SHUT), "NEW" if rule.columns else "OLD"
        yield _Trigger(rule.table, _name(rule), timing, _body(condition, rule.message, result))
    for table in TABLES:
        timing = f"BEFORE TRUNCATE ON catalog_{table} FOR EACH STATEMENT"
        yield _Trigger(table, _truncating(table), timing, _body("TRUE", f"{table} rows are never truncated", "NULL"))
    gate, held = VERSION_RULES
    each = "ON catalog_version{} FOR EACH STATEMENT"
    yield _Trigger("version", gate, f"BEFORE DELETE {each.format('')}", _body(SHUT, GATE_SHUT, "NULL"))
    held_now = f"EXISTS (SELECT 1 FROM gone v WHERE {is_held(version='v')})"
    after = f"AFTER DELETE {each.format(' REFERENCING OLD TABLE AS gone')}"
    yield _Trigger("version", held, after, _body(held_now, HELD, "NULL"))


def _body(condition: str, message: str, result: str) -> str:
    text = message.replace("'", "''")
    return (
        f" BEGIN IF {condition} THEN RAISE EXCEPTION USING MESSAGE = '{text}',"
        f" ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {result}; END "
    )


def _name(rule: Rule) -> str:
    return f"{rule.table}_{rule.name}"


def _truncating(table: str) -> str:
    return f"{table}_is_never_truncated"


def _event(rule: Rule) -> str:
    columns = ", ".join(f'"{column}"' for column in rule.columns)
    return f"UPDATE OF {columns}" if columns else "DELETE"
