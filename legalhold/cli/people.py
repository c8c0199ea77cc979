"""Reads whom a command is about: from options, and from a CSV file of which every row is checked before any is used."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from legalhold.cli.lists import read_list
from legalhold.cli.parsing import UsedWrongly
from legalhold.custodians.matching import load_known
from legalhold.custodians.queries import CustodianAmbiguous, CustodianUnknown, find_custodian

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence

    from django.core.management.base import CommandParser

    from legalhold.custodians.matching import Known
    from legalhold.custodians.models import Custodian

COLUMNS: Final = ("email", "employee_id", "custodian")
DELIMITERS: Final = ",;\t|"


class PeopleUnknown(Exception):
    """A file names people who aren't known, or not exactly one person; nothing was done."""


class NobodyNamed(UsedWrongly):
    """An act on people names none."""


def add_people(parser: CommandParser) -> None:
    """Let people be named one by one, or in a file."""
    parser.add_argument(
        "--custodian", action="append", default=[], metavar="WHO", help="an address, employee id or key"
    )
    parser.add_argument("--custodians", type=Path, metavar="FILE.csv", help="a file with a column email or employee_id")


def given_people(given: Namespace) -> list[Custodian]:
    """Return whom ``add_people``'s options name. Raises NobodyNamed, and what ``named_people`` raises."""
    people = named_people(texts=given.custodian, file=given.custodians)
    if not people:
        raise NobodyNamed("name somebody: --custodian WHO, or --custodians FILE.csv")
    return people


def named_people(*, texts: Iterable[str], file: Path | None) -> list[Custodian]:
    """Return everybody named, each once. Raises CustodianUnknown, CustodianAmbiguous and PeopleUnknown."""
    people = [find_custodian(text=text) for text in texts]
    people += _read_file(file) if file is not None else []
    return list({person.pk: person for person in people}.values())


def _read_file(file: Path) -> list[Custodian]:
    try:
        text = read_list(path=file).decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise PeopleUnknown(f"{file}: can't be read as CSV in UTF-8 ({error}); save it as “CSV UTF-8”") from error
    column = _column(file, lines[0] if lines else [])
    known = load_known()
    people, problems = [], []
    for number, line in enumerate(lines[1:], start=2):
        text = line[column].strip() if column < len(line) else ""
        if not any(cell.strip() for cell in line):
            continue
        try:
            people.append(_find(text, known))
        except (CustodianUnknown, CustodianAmbiguous) as error:
            problems.append(f"{file}: row {number}, {lines[0][column].strip()}: {error}")
    if problems or not people:
        problems.append(f"{len(problems)} problems in {file}: nothing was done" if problems else f"{file} names nobody")
        raise PeopleUnknown("\n".join(problems))
    return people


def _delimiter(text: str) -> str:
    return max(DELIMITERS, key=text.partition("\n")[0].count)


def _column(file: Path, titles: Sequence[str]) -> int:
    names = [title.strip().lower().replace(" ", "_").replace("-", "") for title in titles]
    for wanted in COLUMNS:
        if wanted in names:
            return names.index(wanted)
    there = ", ".join(names) or "nothing"
    raise PeopleUnknown(f"{file}: row 1: no column {' or '.join(COLUMNS)}; there is {there}")


def _find(text: str, known: Known) -> Custodian:
    """Return who is meant, from what was read at once; ask again only for the words of a refusal."""
    if not text:
        raise CustodianUnknown("is empty")
    found = known.by_address.get(text.lower(), [])
    person = known.by_employee_id.get(text) or (found[0] if len(found) == 1 else None)
    return person or find_custodian(text=text)
