"""The rules as SQLite triggers. ``legalhold_gate_open()`` is our connection's; a foreign program's statements fail on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from legalhold.catalog.held import is_held
from legalhold.catalog.triggers.rules import DELETING, GATE_SHUT, HELD, NARROWING, UNCHANGING, VERSION_RULES, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

SHUT: Final = "NOT legalhold_gate_open()"


class Dialect:
    """How SQLite is told."""

    INSTALLED: Final = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"

    @staticmethod
    def statements() -> Iterator[tuple[str, ...]]:
        """Yield what creates each trigger anew."""
        for name, statement in Dialect.bodies().items():
            yield f"DROP TRIGGER IF EXISTS {name}", statement

    @staticmethod
    def bodies() -> dict[str, str]:
        """Return each trigger's name and what ``INSTALLED`` gives beside it."""
        return {
            _name(rule): (
                f"CREATE TRIGGER {_name(rule)} BEFORE {_event(rule)} ON catalog_{rule.table}"
                f" FOR EACH ROW WHEN {rule.condition.format(shut=SHUT)}"
                f" BEGIN SELECT RAISE(ABORT, '{_quoted(rule.message)}'); END"
            )
            for rule in _rules()
        }


def _rules() -> tuple[Rule, ...]:
    gate, held = (name.removeprefix("version_") for name in VERSION_RULES)
    return (
        *UNCHANGING,
        *NARROWING,
        *DELETING,
        Rule(table="version", name=gate, condition=SHUT, message=GATE_SHUT),
        Rule(table="version", name=held, condition=is_held(version="OLD"), message=HELD),
    )


def _name(rule: Rule) -> str:
    return f"{rule.table}_{rule.name}"


def _event(rule: Rule) -> str:
    if rule.is_identity:
        return "UPDATE"
    columns = ", ".join(f'"{column}"' for column in rule.columns)
    return f"UPDATE OF {columns}" if columns else "DELETE"


def _quoted(message: str) -> str:
    return message.replace("'", "''")
