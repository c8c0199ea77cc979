from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, timedelta

import pytest

from legalhold.cli.parsing import build_parser, day, duration, moment, number_from


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-03-31", datetime(2026, 3, 31, tzinfo=UTC)),
        ("2026-03-31T18:00", datetime(2026, 3, 31, 18, tzinfo=UTC)),
        ("2026-03-31T18:00+02:00", datetime(2026, 3, 31, 16, tzinfo=UTC)),
    ],
)
def test_moment_is_utc_where_no_zone_is_given(text, value):
    assert moment(text) == value
    assert moment(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "31.03.2026", "0001-01-01T00:00+14:00"])
def test_moment_refuses_what_is_no_time(text):
    with pytest.raises(ArgumentTypeError, match="is no time: write 2026-03-31"):
        moment(text)


def test_day_is_read():
    assert day("2026-03-31") == date(2026, 3, 31)


def test_day_refuses_what_is_no_date():
    with pytest.raises(ArgumentTypeError, match="'2026-13-01' is no date: write it like 2026-03-31"):
        day("2026-13-01")


@pytest.mark.parametrize(
    ("text", "value"),
    [("0s", timedelta(0)), ("36h", timedelta(hours=36)), ("7d", timedelta(days=7)), ("2w", timedelta(14))],
)
def test_duration_has_a_unit(text, value):
    assert duration(text) == value


@pytest.mark.parametrize("text", ["", "7", "-1d", "1.5h", "7 d", "9999999999d"])
def test_duration_refuses_what_is_no_length_of_time(text):
    with pytest.raises(ArgumentTypeError, match="is no length of time: write it like 0s, 36h or 7d"):
        duration(text)


def test_number_is_within_bounds():
    read = number_from(1, 10)

    assert (read("1"), read("10")) == (1, 10)
    for text in ("0", "11", "-1", "ten", "1.0", "9" * 13):
        with pytest.raises(ArgumentTypeError, match="isn't a whole number from 1 to 10"):
            read(text)


def test_wrong_use_is_one_line_and_exit_code_2(capsys):
    parser = build_parser(prog="manage.py thing", description="")

    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["--nonsense"])

    printed = capsys.readouterr()
    assert ended.value.code == 2
    assert printed.err == "thing: unrecognized arguments: --nonsense (see `manage.py thing --help`)\n"
    assert printed.out == ""


def test_wrong_use_with_json_is_an_object_too(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["manage.py", "thing", "--json"])

    with pytest.raises(SystemExit):
        build_parser(prog="thing", description="").parse_args(["--nonsense"])

    assert capsys.readouterr().out == '{"error": "WrongUse", "message": "unrecognized arguments: --nonsense"}\n'
