"""What a person may meet is documented: commands with their actions and options, settings, permissions, verbs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from legalhold.accounts.models import Role
from legalhold.accounts.roles import PERMISSIONS, Permission
from legalhold.archive.failpoints import registered
from legalhold.catalog.models import CompactionRun
from legalhold.cli.management import commands
from tests.architecture.commands_page import PAGE, command_modules, page, section

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
VERB = re.compile(r"[a-z_]+\.[a-z_]+")
RECORDERS = re.compile(r"record|event|write_down|append|journal")
FILES = (".css", ".csv", ".html", ".key", ".lock")


def rows(text: str) -> dict[str, str]:
    """Return the tables' rows by what stands in code in the first column."""
    found = re.findall(r"^\| `([^`]+)` \| (.*) \|$", text, flags=re.MULTILINE)
    return dict(found)


def test_page_of_commands_is_what_the_parsers_say():
    """Where it isn't, `python -m tests.architecture.commands_page` writes it anew."""
    assert PAGE.read_text("utf-8") == page()


@pytest.mark.parametrize("name", command_modules())
def test_every_argument_is_explained(name):
    assert "`: |" not in section(name)
    assert "`: ;" not in section(name)


def test_every_setting_is_documented():
    source = "".join(path.read_text() for path in (ROOT / "legalhold" / "conf").glob("*.py"))
    tests = "".join(path.read_text() for path in [ROOT / "tests" / "conftest.py"])
    read = set(re.findall(r"[\"'](LEGALHOLD_[A-Z_]+|DATABASE_URL)[\"']", source + tests))

    assert set(rows((DOCS / "operations" / "settings.md").read_text())) == read


def test_every_permission_is_documented_with_the_roles_that_have_it():
    documented = rows((DOCS / "operations" / "permissions.md").read_text())

    assert list(documented) == [permission.value for permission in Permission]
    for permission in Permission:
        roles = [Role(role).label for role in Role if permission in PERMISSIONS[role]]
        assert documented[permission.value].split(" | ")[1] == (", ".join(roles) or "commands only"), permission


def verbs_in_code() -> Iterator[tuple[str, str]]:
    """Yield what looks like a verb: an argument of what records, or a text with a noun that documented verbs have."""
    nouns = {verb.split(".")[0] for verb in documented_verbs()}
    paths = [path for room in ("legalhold", "exports", "webdav") for path in sorted((ROOT / room).rglob("*.py"))]
    for path in (path for path in paths if path.parent.name != "migrations"):
        tree = ast.parse(path.read_text())
        given = {id(value) for call in ast.walk(tree) if isinstance(call, ast.Call) for value in recorded(call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and ast.unparse(node) == "f'compaction.{state}'":
                yield from ((f"compaction.{state}", path.name) for state in CompactionRun.State if state != "running")
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and VERB.fullmatch(node.value):
                is_named = node.value.split(".")[0] in nouns and not node.value.endswith(FILES)
                if id(node) in given or is_named:
                    yield node.value, path.name


def recorded(call: ast.Call) -> list[ast.expr]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    values = [keyword.value for keyword in call.keywords if keyword.arg == "verb"]
    values += call.args[:1] if RECORDERS.search(name) else []
    return [part for value in values for part in ast.walk(value)]


def documented_verbs() -> dict[str, str]:
    return rows((DOCS / "audit-verbs.md").read_text())


def test_every_verb_is_documented_and_every_documented_verb_exists():
    for name in command_modules():
        import_module(f"{commands.__name__}.{name}")
    found = dict(verbs_in_code())
    for failpoint in registered():
        found.pop(failpoint, None)

    assert sorted(documented_verbs()) == sorted(found)


def test_verbs_are_past_tense():
    ends = ("ed", "forgotten", "frozen", "kept", "set", "read", "sent", "rebuilt", "rewritten")

    assert [verb for verb in documented_verbs() if not verb.endswith(ends)] == []
