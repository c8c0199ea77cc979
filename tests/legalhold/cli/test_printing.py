from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

from legalhold.cli.printing import pairs, plain, shown, table, when


def test_when_is_utc_with_its_zone():
    at = datetime(2026, 3, 31, 20, 0, 1, tzinfo=timezone(timedelta(hours=2)))

    assert when(at) == "2026-03-31 18:00:01 UTC"
    assert when(None) == "–"


def test_table_aligns_numbers_right_and_wide_signs():
    rows = [("日本", 1_000, True, None), ("e\N{COMBINING ACUTE ACCENT}", 1, False, "x")]

    text = table(("name", "items", "yes", "more"), rows, empty="nothing")

    assert text == (
        "name  items  yes  more\n"
        "日本  1,000  yes  –\n"
        "e\N{COMBINING ACUTE ACCENT}         1  –    x"
    )  # fmt: skip


def test_table_says_once_that_its_times_are_utc():
    at = datetime(2026, 3, 31, 20, 0, 1, tzinfo=timezone(timedelta(hours=2)))

    text = table(("name", "taken", "gone"), [("a", at, None), ("b", None, None)], empty="nothing")

    assert text == "name  taken (UTC)       gone\na     2026-03-31 18:00  –\nb     –                 –"


def test_table_without_rows_says_so():
    assert table(("name",), [], empty="no sources yet") == "no sources yet"


def test_pairs_stand_under_each_other():
    at = datetime(2026, 3, 31, tzinfo=UTC)

    assert pairs([("a", 1), ("longer", at), ("b", "")]) == "a       1\nlonger  2026-03-31 00:00:00 UTC\nb"


def test_shown_takes_away_what_moves_the_cursor_or_turns_text_round():
    assert shown("a\x1b[2Jb\nc\u202ed") == "a�[2Jb�c�d"


def test_plain_is_what_json_holds():
    key = UUID(int=1)
    value = {
        "at": datetime(2026, 3, 31, 2, tzinfo=timezone(timedelta(hours=2))), "on": date(2026, 3, 31), "digest": b"\x01\xff",
        "key": key, "many": ({"n": 1}, [2.5], {True}), "none": None, "other": ValueError("x"),
    }  # fmt: skip

    assert plain(value) == {
        "at": "2026-03-31T00:00:00+00:00", "on": "2026-03-31", "digest": "01ff", "key": str(key),
        "many": [{"n": 1}, [2.5], [True]], "none": None, "other": "x",
    }  # fmt: skip
