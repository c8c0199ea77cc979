"""What keys are derived for is documented: a purpose that isn't in docs/format/ seals what nobody else can open."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("legalhold", "exports", "webdav")
LOCKS = {"legalhold turn"}
"""Names a lock in the database; nothing that is written depends on it."""


def purposes() -> set[str]:
    trees = [ast.parse(path.read_text("utf-8")) for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    values = [node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    named = [value for value in values if isinstance(value, bytes) and value.startswith(b"legalhold ")]
    return {value.decode().rstrip("\0") for value in named} - LOCKS


def test_every_purpose_of_a_key_is_documented():
    text = "".join(page.read_text("utf-8") for page in (ROOT / "docs" / "format").glob("*.md"))

    assert len(purposes()) == 6
    assert [purpose for purpose in purposes() if f"`{purpose}`" not in text] == []
