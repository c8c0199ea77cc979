"""Every verb that is journaled is replayed, by one room."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from legalhold.assurance import handlers

ROOT = Path(__file__).resolve().parents[3]
TOLD_BY_NAME = {"append", "append_all", "journal_hold", "journal_release", "_write_down"}


def journaled_verbs() -> set[str]:
    """Verbs given as text to what writes into the outbox, read from the source."""
    found = set()
    for path in [*ROOT.glob("legalhold/**/*.py"), *ROOT.glob("exports/**/*.py"), *ROOT.glob("webdav/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and name_of(node.func) in TOLD_BY_NAME:
                given = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "verb")]
                found |= {one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return {verb for verb in found if "." in verb}


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_every_journaled_verb_has_a_handler():
    verbs = journaled_verbs()

    assert len(verbs) > 20
    assert verbs - handlers.HANDLERS.keys() == {handlers.SNAPSHOT_COMPLETED, handlers.CONTENT_KEPT}


def test_no_handler_waits_for_a_verb_that_nobody_writes():
    assert handlers.HANDLERS.keys() - journaled_verbs() == {"audit.sealed"}


def test_two_rooms_that_replay_one_verb_are_refused(monkeypatch):
    monkeypatch.setattr(handlers, "ROOMS", ({"a.b": None, "c.d": None}, {"a.b": None}))

    with pytest.raises(TypeError, match=r"two rooms replay the same verbs: a\.b"):
        handlers._by_verb()
