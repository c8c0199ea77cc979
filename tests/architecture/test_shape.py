"""The shape of the code: short functions and files, telling names, and keywords where rooms meet."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("legalhold", "exports", "webdav")
MOST_FUNCTION_LINES, MOST_FILE_LINES = 40, 300
NAMELESS = {"utils", "helpers", "common", "base", "misc", "manager", "util", "helper"}
NAMED_BY_DJANGO = {"legalhold/database/sqlite/base.py", "legalhold/database/postgresql/base.py"}
"""A database backend's module is called base."""

POSITIONAL = {
    "legalhold/holds/services/transitions.py:set_state": "reads as a sentence: set_state(hold, ENDED, at=…)",
    "legalhold/holds/services/transitions.py:finish": "reads as a sentence: finish(release, EFFECTIVE, at=…)",
    "legalhold/holds/services/transitions.py:record_release": "reads as a sentence: record_release(verb, release, …)",
    "legalhold/holds/queries.py:owner_of": "one argument that its name announces",
    "legalhold/review/services/collecting.py:describe_hold": "its name announces the hold",
    "webdav/services.py:share_payload": "one argument that its name announces",
}
"""Public functions of services and queries that take something by position, and why."""

LONG_TESTS = {
    "tests/benchmarks/archives.py:report",
    "tests/legalhold/archive/test_keys.py",
    "tests/legalhold/archive/test_local.py",
    "tests/legalhold/assurance/conftest.py",
    "tests/legalhold/audit/test_verification.py",
    "tests/legalhold/catalog/destruction/test_packs.py",
    "tests/legalhold/catalog/destruction/test_runs.py",
    "tests/legalhold/catalog/test_held.py",
    "tests/legalhold/catalog/test_triggers.py",
    "tests/legalhold/database/test_sqlite.py",
    "tests/legalhold/review/test_collecting.py",
    "tests/legalhold/review/test_searching.py",
    "tests/organisation.py:mail",
    "tests/samples/format/make.py:main",
}
"""What is still too long among the tests. It only shrinks: what is short enough now has to leave the list."""


def modules(*folders: str) -> dict[str, str]:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in paths if path.parent.name != "migrations"}


def functions(text: str) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]


def too_long(found: dict[str, str]) -> set[str]:
    """Files by name, functions as file:name."""
    files = {name for name, text in found.items() if len(text.splitlines()) > MOST_FILE_LINES}
    return files | {
        f"{name}:{function.name}"
        for name, text in found.items()
        for function in functions(text)
        if (function.end_lineno or 0) - function.lineno + 1 > MOST_FUNCTION_LINES
    }


def nameless(found: dict[str, str]) -> set[str]:
    return {name for name in found if NAMELESS & {Path(name).stem, *Path(name).parts[:-1]}}


def by_position(found: dict[str, str]) -> set[str]:
    """Public functions of services and queries that take something by position, as file:name."""
    rooms = {
        name: text
        for name, text in found.items()
        if {"services", "queries"} & {Path(name).stem, Path(name).parent.name}
    }
    top = [(name, node) for name, text in rooms.items() for node in ast.parse(text).body]
    public = [(name, node) for name, node in top if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    return {f"{name}:{node.name}" for name, node in public if node.args.posonlyargs or node.args.args}


def test_functions_and_files_of_the_product_are_short():
    assert too_long(modules(*ROOMS)) == set()


def test_functions_and_files_of_the_tests_are_short_or_listed():
    assert too_long(modules("tests")) == LONG_TESTS


def test_modules_have_telling_names():
    assert nameless(modules(*ROOMS)) == NAMED_BY_DJANGO


def test_services_and_queries_take_keywords():
    assert by_position(modules(*ROOMS)) == set(POSITIONAL)


@pytest.mark.parametrize(
    ("look", "name", "text"),
    [
        (too_long, "legalhold/a.py", "\n" * 301),
        (too_long, "legalhold/a.py", "class A:\n    def b(self):\n" + "        pass\n" * 40),
        (nameless, "legalhold/holds/utils.py", ""),
        (nameless, "legalhold/common/holds.py", ""),
        (by_position, "legalhold/a/services.py", "def place(hold): pass"),
        (by_position, "legalhold/a/services/placing.py", "def place(hold, *, at): pass"),
        (by_position, "legalhold/a/queries.py", "def place(hold, /): pass"),
    ],
)
def test_mutant_is_seen(look, name, text):
    assert look({name: text})
