"""Writes docs/commands.md from the parsers, so that what `--help` says and what the page says can't differ.

Usage: .venv/bin/python -m tests.architecture.commands_page
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import django

from legalhold.cli.management import commands

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"


def command_modules() -> list[str]:
    return sorted(module.name for module in iter_modules(commands.__path__))


def parser_of(name: str) -> argparse.ArgumentParser:
    return import_module(f"{commands.__name__}.{name}").Command().create_parser("manage.py", name)


def page() -> str:
    """The page as the parsers would have it; what stands before the first command is the page's own."""
    preamble = PAGE.read_text("utf-8").partition("\n## `")[0]
    return preamble + "".join(f"\n{section(name)}" for name in command_modules())


def section(name: str) -> str:
    parser = parser_of(name)
    actions = list(_actions(parser))
    head = "| action | does | with |" if actions else "| use | does | with |"
    rows = [_row(action, text, sub) for action, text, sub in actions] or [_row(name, parser.description or "", parser)]
    return "\n".join([f"## `{name}`", "", parser.description or "", "", head, "| --- | --- | --- |", *rows, ""])


def _actions(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    for group in parser._actions:
        if isinstance(group, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in group._choices_actions}
            yield from ((name, helps[name], sub) for name, sub in group.choices.items())


def _row(name: str, text: str, parser: argparse.ArgumentParser) -> str:
    shown = [one for one in parser._actions if one.help != argparse.SUPPRESS and one.dest not in {"help", "json"}]
    shown.sort(key=lambda one: bool(one.option_strings))  # what has no dashes comes first, as it is typed
    usage = " ".join([name, *(_usage(one) for one in shown)])
    told = "; ".join(f"`{_name(one)}`: {_told(one)}" for one in shown)
    return f"| `{usage}` | {text[:1].upper()}{text[1:].rstrip('.')} | {told} |"


def _usage(one: argparse.Action) -> str:
    value = "" if one.nargs == 0 else _value(one) + (" …" if one.nargs == "+" else "")
    words = " ".join(word for word in [*one.option_strings[:1], value] if word)
    return words if one.required else f"[{words}]"


def _name(one: argparse.Action) -> str:
    return one.option_strings[0] if one.option_strings else _value(one)


def _value(one: argparse.Action) -> str:
    return str(one.metavar or one.dest.upper())


def _told(one: argparse.Action) -> str:
    choices = ", ".join(map(str, one.choices or ()))
    text = (one.help or "").replace("|", "\\|")
    return f"{text} ({choices})" if choices and choices not in text else text


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "legalhold.conf.settings")
    django.setup()
    PAGE.write_text(page(), "utf-8")
