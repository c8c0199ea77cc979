"""There is one gate: the code of the whole house is read for anything else that opens it, unlinks or deletes rows."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
ROOMS = ("legalhold", "exports", "webdav")
DESTRUCTION = "legalhold/catalog/destruction/"
GATE = f"{DESTRUCTION}gate.py"
TOKEN = ("legalhold/catalog/triggers/postgresql.py", "legalhold/database/gate.py")
"""Who may name the token: what asks for it, and what sets it for the gate."""

REPLAY = ("legalhold/catalog/replay.py", "legalhold/catalog/replay_pins.py")
"""A rebuild says again what the journal says: what ended stays ended. It destroys nothing."""

OWN_ROWS = {
    # Selections, never content: what a freezing that was cut short had chosen. Nothing was made of it yet.
    "legalhold/review/freezing.py": [
        "CollectionItem.objects.filter(collection_id=collection.pk).delete",
        "CollectionWindow.objects.filter(collection_id=collection.pk).delete",
        "collection.delete",
    ],
    # Lines of a manifest that was never finished; they name contents, and the pins on these stay.
    "exports/recording.py": ["rows.objects.filter(export_id=export.pk).delete"],
    # The store's object, not a row: the gate's own call, which the test of objects counts.
    GATE: ["archive.store.delete"],
}
OWN_FILES = {
    "exports/writers/folder.py",  # its own unfinished copy, in the folder that is written to
    "legalhold/archive/store/durable.py",  # temporary files, and remove_file, which only Store.delete calls
    "legalhold/cli/installation.py",  # the probe that says whether LEGALHOLD_HOME can be written to
    "legalhold/cli/writing.py",  # its own unfinished file beside the one that is asked for
    "legalhold/demo/organisation.py",  # the generated mailbox from which mail disappears, outside the archive
}

_GOES = r"DELETE\s+FROM|TRUNCATE|DROP\s+TABLE(\s+IF\s+EXISTS)?|REPLACE\s+INTO|INSERT\s+OR\s+REPLACE\s+INTO"
_TABLE = r"(TABLE\s+)?(ONLY\s+)?[\"`\[]?(\w+[\"`\]]?\.[\"`\[]?)?(catalog_|[{%]|$)"
SQL = re.compile(rf"\b({_GOES})\s+{_TABLE}", re.IGNORECASE)
"""A table that isn't there yet (a placeholder, or the text ends) may be any."""


def sources() -> dict[str, str]:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in files}


@cache
def nodes_of(text: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse(text)))


def calls(text: str, name: str) -> list[ast.Call]:
    """Calls of anything that ends with ``.name(`` or is ``name(``."""
    nodes = [node for node in nodes_of(text) if isinstance(node, ast.Call)]
    return [node for node in nodes if getattr(node.func, "attr", getattr(node.func, "id", None)) == name]


def imported(text: str) -> set[str]:
    """What is imported out of a module, as ``module.name``, whatever it is called here."""
    nodes = [node for node in nodes_of(text) if isinstance(node, ast.ImportFrom)]
    return {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}


def attributes(text: str, *names: str) -> list[str]:
    """What ends with ``.name``, called or handed on; ``getattr(…, "name")`` too."""
    nodes = nodes_of(text)
    found = [ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute) and node.attr in names]
    asked = [call for call in calls(text, "getattr") if any(name in ast.unparse(call) for name in names)]
    return [*found, *(ast.unparse(call) for call in asked)]


def texts(text: str) -> list[str]:
    """Every string; what an f-string puts in is ``{}``, so that a table's name can't hide in it."""
    nodes = nodes_of(text)
    joined = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    inside = {id(part) for node in joined for part in node.values}
    plain = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in inside]
    return [
        *(node.value for node in plain if isinstance(node.value, str)),
        *("".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values) for node in joined),
    ]


def opens_gate(text: str) -> bool:
    is_called = "gate" in text and any("gate" in ast.unparse(call.func) for call in calls(text, "opened"))
    return is_called or "legalhold.database.gate.opened" in imported(text)


def names_token(text: str) -> bool:
    return "gate._tokens" in text or any("legalhold.gate" in found for found in texts(text))


def destroys(text: str) -> bool:
    return bool(calls(text, "destroying") or calls(text, "narrowing"))


def deletes_object(text: str) -> bool:
    """``anything.delete(name=…)`` is a store's; a queryset's or model's takes no name, a set's ``discard`` no keyword."""
    found = [("delete", "name"), ("discard", "unfinished")]
    return any(keyword.arg == arg for name, arg in found for call in calls(text, name) for keyword in call.keywords)


def removes_object(text: str) -> bool:
    return bool(calls(text, "remove_file"))


def deletes_rows(text: str) -> list[str]:
    return attributes(text, "delete", "adelete", "_raw_delete")


def deletes_by_sql(text: str) -> bool:
    return any(SQL.search(found) for found in texts(text))


def unlinks(text: str) -> bool:
    modules = ("os.", "shutil.")
    named = [
        name for name in imported(text) if name.startswith(modules) and name.endswith(("remove", "unlink", "rmtree"))
    ]
    found = attributes(text, "unlink", "rmtree", "rmdir", "removedirs")
    return bool(named or found or "os.remove" in attributes(text, "remove"))


def files_that(does) -> list[str]:
    return [name for name, text in sources().items() if does(text)]


def test_the_token_is_held_by_the_gate_alone():
    assert files_that(opens_gate) == [GATE]
    assert files_that(names_token) == list(TOKEN)


def test_the_gate_is_asked_for_in_destruction_and_by_the_replay():
    outside = [name for name in files_that(destroys) if not name.startswith(DESTRUCTION)]

    assert outside == list(REPLAY)


def test_objects_are_deleted_by_the_gate_alone():
    assert files_that(deletes_object) == [GATE]
    assert files_that(removes_object) == [f"legalhold/archive/store/{name}.py" for name in ("durable", "local")]


def test_rows_are_deleted_by_sql_in_destruction_alone():
    outside = [name for name in files_that(deletes_by_sql) if not name.startswith(DESTRUCTION)]

    assert outside == []


def test_rows_are_deleted_by_models_where_they_are_a_rooms_own():
    found = {name: deletes_rows(text) for name, text in sources().items() if deletes_rows(text)}

    assert found == OWN_ROWS


def test_files_are_unlinked_where_they_are_the_writers_own():
    assert set(files_that(unlinks)) == OWN_FILES


@pytest.mark.parametrize(
    ("check", "mutant"),
    [
        (opens_gate, "from legalhold.database import gate\nwith gate.opened(): pass"),
        (opens_gate, "import legalhold.database.gate\nlegalhold.database.gate.opened()"),
        (opens_gate, "from legalhold.database.gate import opened as door\nwith door(): pass"),
        (names_token, "cursor.execute(\"SELECT set_config('legalhold.gate', 'open', true)\")"),
        (names_token, "gate._tokens.default = True"),
        (destroys, "with narrowing():\n    pass"),
        (deletes_object, "archive.store.delete(name=name)"),
        (deletes_object, "archive.store.discard(unfinished=each)"),
        (removes_object, "remove_file(path=folder / name)"),
        (deletes_rows, "Version.objects.filter(source_id=1).delete()"),
        (deletes_rows, "drop = Version.objects.all()._raw_delete"),
        (deletes_rows, "getattr(Pin.objects.all(), 'delete')()"),
        (deletes_by_sql, "execute('delete from catalog_version where id = 1')"),
        (deletes_by_sql, "execute('DELETE FROM public.\"catalog_version\"')"),
        (deletes_by_sql, 'execute("TRUNCATE TABLE catalog_pin")'),
        (deletes_by_sql, 'execute(f"DELETE FROM catalog_{table}")'),
        (deletes_by_sql, 'execute(f"DELETE FROM {table} WHERE id = 1")'),
        (deletes_by_sql, 'execute("DELETE FROM " + table)'),
        (deletes_by_sql, 'execute("TRUNCATE %s" % table)'),
        (unlinks, "(folder / 'packs' / name).unlink()"),
        (unlinks, "import os\nos.remove(path)"),
        (unlinks, "from os import remove as away\naway(path)"),
        (unlinks, "from shutil import rmtree\nrmtree(folder)"),
    ],
)
def test_check_finds_what_it_looks_for(check, mutant):
    """The mutants: what somebody might write elsewhere."""
    assert check(mutant)


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (deletes_by_sql, 'execute("DELETE FROM review_indexrow WHERE version_id = 1")'),
        (deletes_by_sql, "mode = 'TRUNCATE'"),
        (unlinks, "names.remove(name)"),
    ],
)
def test_check_leaves_alone_what_destroys_nothing(check, text):
    assert not check(text)
