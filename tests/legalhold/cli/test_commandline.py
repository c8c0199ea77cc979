from __future__ import annotations

import json

import pytest

from legalhold.cli.commandline import CommandLine


@pytest.mark.parametrize(
    ("words", "out", "err"),
    [
        (
            ["mattr", "list"],
            None,
            "there is no command 'mattr'; did you mean 'matter'? (see `manage.py help`)\n",
        ),
        (
            ["xyzzy", "--json"],
            {"error": "WrongUse", "message": "there is no command 'xyzzy'"},
            "there is no command 'xyzzy' (see `manage.py help`)\n",
        ),
    ],
)
def test_unknown_command_is_wrong_use_and_names_the_nearest(capsys, words, out, err):
    with pytest.raises(SystemExit) as ended:
        CommandLine(["manage.py", *words]).execute()

    printed = capsys.readouterr()
    assert ended.value.code == 2
    assert (json.loads(printed.out) if printed.out else None, printed.err) == (out, err)


def test_known_command_is_found():
    assert type(CommandLine(["manage.py"]).fetch_command("matter")).__module__.endswith("commands.matter")
