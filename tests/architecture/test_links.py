"""Pages of the documentation: each is reached by a link from another page, and no link leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def links(page: Path) -> set[Path]:
    """Where a page links to within the project; a folder stands for the pages in it."""
    found = [target for target in LINK.findall(page.read_text("utf-8")) if "://" not in target]
    return {(page.parent / target).resolve() for target in found}


def test_no_link_leads_nowhere():
    assert {page.name: target for page in PAGES for target in links(page) if not target.exists()} == {}


def test_every_page_is_linked_from_another():
    linked = {target for page in PAGES for target in links(page) if target != page}
    reached = linked | {page for folder in linked if folder.is_dir() for page in folder.glob("*.md")}

    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in reached and page.name != "README.md"] == []


def test_decisions_are_named_by_their_titles_and_short():
    for page in sorted((ROOT / "docs" / "adr").glob("*.md")):
        title, *_ = lines = page.read_text("utf-8").splitlines()
        number, text = re.fullmatch(r"# (\d+)\. (.+)", title).groups()
        words = re.sub(r"[^a-z0-9]+", "-", text.lower().replace("'", "")).strip("-")

        assert page.name == f"{int(number):04}-{words}.md"
        assert len(lines) < 40
        for part in ("**Context.**", "**Decision.**", "**Rejected.**", "**Reopen when**"):
            assert sum(line.startswith(part) for line in lines) == 1, (page.name, part)


def test_evidence_names_its_command_date_and_commit():
    for page in sorted((ROOT / "docs" / "evidence").glob("*.md")):
        text = page.read_text("utf-8")

        assert "Command: `" in text, page.name
        assert re.search(r"Date: 20\d\d-\d\d-\d\d", text), page.name
        assert re.search(r"[Cc]ommit:? [0-9a-f]{7}\b", text), page.name
