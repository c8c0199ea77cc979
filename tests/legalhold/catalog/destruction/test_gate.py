"""There is one gate: the code of the whole house is read for anything else that opens it, unlinks or deletes rows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
ROOMS = ("legalhold", "exports", "webdav")
GATE = "legalhold/catalog/destruction/gate.py"
TABLES = "source|snapshot|version|folder|content|contentpart|itemfacts|part|pack|pin|pinversion|sourcecustodian|groupmember|tombstone"
SQL = re.compile(
    rf"\b(DELETE\s+FROM|TRUNCATE(\s+TABLE)?|DROP\s+TABLE|REPLACE\s+INTO)\s+\"?catalog_({TABLES})\b", re.IGNORECASE
)


def sources() -> dict[str, str]:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in files}


def calls(text: str, name: str) -> list[ast.Call]:
    """Calls of anything that ends with ``.name(`` or is ``name(``."""
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return [node for node in nodes if getattr(node.func, "attr", getattr(node.func, "id", None)) == name]


def opens_gate(text: str) -> bool:
    return "gate" in text and any("gate" in ast.unparse(call.func) for call in calls(text, "opened"))


def deletes_object(text: str) -> bool:
    """``anything.delete(name=…)`` is a store's; a queryset's or model's takes no name, a set's ``discard`` no keyword."""
    found = [("delete", "name"), ("discard", "unfinished")]
    return any(keyword.arg == arg for name, arg in found for call in calls(text, name) for keyword in call.keywords)


def deletes_rows(text: str) -> bool:
    return SQL.search(text) is not None


def files_that(does) -> list[str]:
    return [name for name, text in sources().items() if does(text)]


def test_the_token_is_held_by_the_gate_alone():
    assert files_that(opens_gate) == [GATE]


def test_objects_are_deleted_by_the_gate_alone():
    assert files_that(deletes_object) == [GATE]


def test_rows_are_deleted_in_destruction_alone():
    outside = [name for name in files_that(deletes_rows) if not name.startswith("legalhold/catalog/destruction/")]

    assert outside == []


def test_catalogs_models_are_deleted_in_destruction_alone():
    """Any ``.delete()`` in the catalog outside the gate's package would be one too many."""
    found = [
        name for name, text in sources().items() if name.startswith("legalhold/catalog/") and calls(text, "delete")
    ]

    assert [name for name in found if not name.startswith("legalhold/catalog/destruction/")] == []


@pytest.mark.parametrize(
    ("check", "mutant"),
    [
        (opens_gate, "from legalhold.database import gate\nwith gate.opened(): pass"),
        (opens_gate, "import legalhold.database.gate\nlegalhold.database.gate.opened()"),
        (deletes_object, "archive.store.delete(name=name)"),
        (deletes_object, "archive.store.discard(unfinished=each)"),
        (deletes_rows, "execute('delete from catalog_version where id = 1')"),
        (deletes_rows, 'execute("TRUNCATE TABLE catalog_pin")'),
    ],
)
def test_check_finds_what_it_looks_for(check, mutant):
    """The mutants: what somebody might write elsewhere."""
    assert check(mutant)
