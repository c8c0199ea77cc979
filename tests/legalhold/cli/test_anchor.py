"""The anchor that an installation is told to keep, and what is said once it is gone."""

import json

import pytest


@pytest.fixture
def anchored(process, home):
    """An installation with an anchor and two sealings."""
    anchor = home.parent / "heads.jsonl"
    environ = {"LEGALHOLD_ANCHOR": str(anchor)}
    for name in ("A", "B"):
        assert process("matter", "create", name, environ=environ).code == 0
    return anchor, lambda *words: process(*words, environ=environ)


def test_removed_anchor_is_found_by_verification_and_not_made_anew(anchored):
    anchor, run = anchored
    before = run("audit", "verify", "--json")
    anchor.unlink()

    after = run("audit", "verify", "--json")
    warned = run("matter", "create", "C")

    assert (before.code, json.loads(before.out)["findings"]) == (0, [])
    assert (after.code, [one["what"] for one in json.loads(after.out)["findings"]]) == (
        1,
        [f"the anchor {anchor} is missing, though the trail was sealed 2 times"],
    )
    assert (warned.code, f"touch {anchor}" in warned.err) == (1, True)
    assert not anchor.exists()


def test_trail_is_exported_though_its_anchor_is_gone(anchored, home):
    anchor, run = anchored
    anchor.unlink()

    exported = run("audit", "export", home.parent / "trail")

    assert (exported.code, f"touch {anchor}" in exported.err) == (1, True)
    assert (home.parent / "trail").read_bytes().count(b'"position"') == 2
