"""Tables that no spreadsheet runs, and our own files in pieces."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports import recording
from exports.companions import manifest as manifest_module
from exports.companions.cells import LONGEST_CELL, ROWS_PER_BLOCK, cell, moment, table
from exports.companions.manifest import manifest
from exports.writers.verify import verify_tree
from tests.exported import ITEMS, OWN


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        " =1",
        "\uff1d1",
        "\t=1",
        "\r\n=1",
        "\ufeff=1",
        "\u200b =1",
        "\U000e0020=1",
        "\U0001d173+1",
    ],
)
def test_no_cell_begins_like_a_formula(text):
    assert cell(text=text).startswith("'")


@pytest.mark.parametrize("text", ["a;=1", 'a;"=HYPERLINK(""http://x"")"', "a; '=1", "a;\u200b=1", "a;\U000e0001=1"])
def test_no_cell_of_a_list_that_semicolons_part_begins_like_a_formula(text):
    data = b"".join(table(rows=[[text]])).decode("utf-8-sig")

    cells = [part for row in csv.reader(io.StringIO(data), delimiter=";") for part in row]
    assert "'=" in data
    assert not any(part.lstrip(" \u200b\U000e0001").startswith("=") for part in cells)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\r\nb\tc", "a b c"), ("a  b", "a  b"), ("a\0b", "ab"), ("", ""), ("x" * LONGEST_CELL, "x" * LONGEST_CELL)],
)
def test_a_cell_is_one_line(text, shown):
    assert cell(text=text) == shown


def test_a_cell_that_spreadsheets_would_cut_says_that_it_is_cut():
    shown = cell(text="x" * (LONGEST_CELL + 1))

    assert (len(shown), shown[-8:]) == (LONGEST_CELL, "x … (cut)"[-8:])


@given(st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=4), max_size=5))
def test_a_table_is_read_back_by_any_reader(rows):
    data = b"".join(table(rows=rows))

    assert data.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    expected = [[cell(text=value).encode("utf-8", "replace").decode() for value in row] for row in rows]
    assert read == expected


def test_a_long_table_comes_in_blocks():
    blocks = list(table(rows=[["a"]] * (2 * ROWS_PER_BLOCK + 1)))

    assert [block.count(b"\r\n") for block in blocks] == [ROWS_PER_BLOCK, ROWS_PER_BLOCK, 1]


def test_a_moment_bears_its_offset():
    berlin = ZoneInfo("Europe/Berlin")

    assert moment(at=datetime(2024, 7, 1, 10, tzinfo=UTC), zone=berlin) == "2024-07-01T12:00:00+02:00"
    assert moment(at=None, zone=berlin) == ""
    assert moment(at=datetime.max.replace(tzinfo=UTC), zone=berlin) == "9999-12-31T23:59:59+00:00"


def test_a_long_manifest_comes_in_blocks(monkeypatch):
    monkeypatch.setattr(manifest_module, "LINES_PER_BLOCK", 2)

    blocks = list(manifest(files=[((str(number),), b"\0") for number in range(5)]))

    assert [block.count(b"\n") for block in blocks] == [2, 2, 1]


def test_an_export_is_written_in_commits_and_pieces_of_any_size(matter, make, archive, access, monkeypatch):
    from exports.queries import open_export
    from exports.trees import export as export_tree

    whole = make(matter, name="First")
    monkeypatch.setattr(recording, "ROWS_PER_COMMIT", 3)
    monkeypatch.setattr(recording, "OWN_PIECE_BYTES", 100)
    monkeypatch.setattr(export_tree, "OWN_PIECE_BYTES", 100)

    pieces = make(matter, name="Other")

    tree = open_export(export=pieces, archive=archive, access=access)
    assert verify_tree(tree=tree).findings == ()
    assert sorted("/".join(node.path) for node, _ in tree.files()) == sorted([*OWN, *ITEMS])
    assert whole.files == pieces.files


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (";=1+1", ";'=1+1"),
        ("Ann; @SUM(A1);\u3000-1", "Ann; '@SUM(A1);\u3000'-1"),
        ("x;\uff1d1", "x;'\uff1d1"),
        ("a; b;1-2", "a; b;1-2"),
    ],
)
def test_no_formula_follows_what_some_countries_take_for_a_separator(text, shown):
    assert cell(text=text) == shown


def test_a_cell_full_of_hidden_formulas_is_no_longer_than_spreadsheets_take():
    assert len(cell(text=";=" * LONGEST_CELL)) == LONGEST_CELL
