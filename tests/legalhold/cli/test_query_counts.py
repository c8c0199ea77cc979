"""Every command that lists or shows asks the database as often for three rows as for one."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

SHOWS_ONE = (("collection", "show", "Found 1"), ("export", "show", "Export 1"))
"""What prints as much of any number of items; its queries are counted all the same."""

COMMANDS = (
    ("custodians", "list"),
    ("custodians", "show", "p1@example.org"),
    ("source", "list"),
    ("source", "show", "Laptop 1"),
    ("source", "show", "Laptop 1", "--left-out"),
    ("group", "list"),
    ("group", "show", "Group 1"),
    ("matter", "list"),
    ("matter", "show", "Case 1"),
    ("hold", "list"),
    ("hold", "show", "Hold 1"),
    ("hold", "coverage", "Hold 1"),
    ("hold", "preview", "Hold 1"),
    ("retention", "show"),
    ("collection", "list"),
    ("search", "kind:file", "--matter", "Case 1"),
    ("share", "list"),
    ("compact", "--plan"),
    *SHOWS_ONE,
)


class House:
    """Grows by a row of everything at a time; what is shown alone grows too."""

    def __init__(self, done, folder) -> None:
        self.done = done
        self.folder = folder
        self.rows = 0

    def grow(self) -> None:
        self.rows += 1
        number, who = self.rows, f"p{self.rows}@example.org"
        staff = self.folder / f"{number}.csv"
        staff.write_text(f"email,name\n{who},Person {number}\n")
        self.done("custodians", "import", staff)
        self._capture(number, who)
        self._hold(number, who)
        self.done("retention", "set", f"profile {number}")
        self._share(number)

    def _capture(self, number: int, who: str) -> None:
        laptop = self.folder / f"laptop{number}"
        laptop.mkdir()
        for one in range(1, number + 1):
            (self.folder / f"laptop{one}" / f"{number}.txt").write_text("the same everywhere")
            (self.folder / f"laptop{one}" / f"{number}.tmp").write_text("left out")
            source = ("--custodian", f"p{one}@example.org", "--source", f"Laptop {one}", "--create")
            self.done("ingest", self.folder / f"laptop{one}", *source, "--format", "files", "--exclude", "*.tmp")
        if number > 1:
            newest = self._key_of(f"Laptop {number}")
            self.done("source", "associate", self._key_of("Laptop 1"), "--custodian", who)
            self.done("source", "associate", newest, "--custodian", "p1@example.org")

    def _key_of(self, name: str) -> str:
        [key] = [one["key"] for one in self.done("source", "list")["sources"] if one["name"] == name]
        return key

    def _hold(self, number: int, who: str) -> None:
        self.done("group", "create", f"Group {number}")
        self.done("group", "add", "Group 1", "--custodian", who)
        self.done("matter", "create", f"Case {number}")
        self.done("matter", "add-custodians", "Case 1", who)
        self.done("hold", "draft", "Case 1", f"Hold {number}", "--from", "2020-01-01")
        self.done("hold", "place", f"Hold {number}", "--custodian", who)
        if number > 1:
            self.done("hold", "add-custodians", "Hold 1", "--custodian", who)

    def _share(self, number: int) -> None:
        self.done("search", "kind:file", "--matter", "Case 1", "--save", f"Found {number}")
        self.done("export", "create", f"Export {number}", "--collection", f"Found {number}")
        self.done("share", "open", f"Export {number}", "--to", "counsel@example.org", "--until", "2099-12-31")


@pytest.fixture
def house(done, tmp_path) -> House:
    return House(done, tmp_path)


def test_no_command_asks_more_often_for_three_rows_than_for_one(run, done, house):
    """All in one test: to build a house for each command would take twenty times as long."""

    def counts() -> dict[tuple[str, ...], tuple[int, int]]:
        return {words: count(*words) for words in COMMANDS}

    def count(*words: str) -> tuple[int, int]:
        printed = len(run(*words).out)  # seals what the house's own acts recorded
        with CaptureQueriesContext(connection) as queries:
            done(*words)
        return len(queries), printed

    house.grow()
    of_one = counts()
    house.grow()
    house.grow()

    of_three = counts()

    assert {words: queries for words, (queries, _) in of_three.items()} == {
        words: queries for words, (queries, _) in of_one.items()
    }
    assert [words for words in COMMANDS if of_three[words][1] <= of_one[words][1]] == [*SHOWS_ONE]
