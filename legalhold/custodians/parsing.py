"""Reads custodians from a CSV file as spreadsheets write it. Knows no database: all it says is what the file says."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS: Final = {
    "email": ("email", "emailaddress", "mail", "primaryemail", "primarysmtpaddress", "userprincipalname"),
    "name": ("name", "fullname", "displayname", "custodian", "custodianname"),
    "employee_id": ("employeeid", "employeenumber", "employeeno", "personnelnumber", "staffid"),
    "department": ("department", "dept", "division"),
    "addresses": ("addresses", "otheraddresses", "aliases", "emailaliases", "proxyaddresses"),
}
"""Names a column may have, without case, spaces and signs."""

REQUIRED: Final = ("email", "name")
LONGEST: Final = {"email": 320, "name": 200, "employee_id": 100, "department": 200}
DELIMITERS: Final = (",", ";", "\t", "|")
LARGEST_CELL = 1_000_000

_ADDRESS = re.compile(r"[^\s@<>(),;:\"]+@[^\s@<>(),;:\"]+\.?[^\s@<>(),;:\"]*")
_BETWEEN_ADDRESSES = re.compile(r"[;,|\s]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell. ``row`` counts as a spreadsheet does: the header is 1; 0 is the file as a whole."""

    row: int
    column: str
    text: str

    def __str__(self) -> str:
        where = f"row {self.row}, {self.column}: " if self.column else f"row {self.row}: " if self.row else ""
        return where + self.text


class CustodiansInvalid(Exception):
    """A file of custodians has problems, so nothing was imported; ``problems`` lists every one."""

    def __init__(self, *, file: str, problems: list[Problem]) -> None:
        lines = "\n".join(f"{file}: {problem}" for problem in problems)
        super().__init__(f"{lines}\n{len(problems)} problems in {file}: nothing was imported")
        self.file = file
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class CustodianRow:
    """One person as the file gives them. ``addresses`` are lower case, the e-mail address first; empty text is not given."""

    row: int
    name: str
    employee_id: str
    department: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CustodianFile:
    """What a file holds, and which of its columns say nothing to us."""

    name: str
    rows: tuple[CustodianRow, ...]
    ignored_columns: tuple[str, ...]


def parse_custodians(*, data: bytes, file: str) -> CustodianFile:
    """Read a CSV file: UTF-8 with or without BOM, delimiter by its header. Raises CustodiansInvalid with every problem."""
    text = _decode(data, file)
    records = list(_records(text, file))
    if not records:
        raise CustodiansInvalid(
            file=file, problems=[Problem(0, "", "the file is empty; its first row names the columns")]
        )
    places, ignored = _places(records[0], file)
    problems: list[Problem] = []
    found = [
        _row(number, record, len(records[0]), places, problems)
        for number, record in enumerate(records[1:], start=2)
        if any(cell.strip() for cell in record)
    ]
    problems.extend(_repeated(found))
    if not found:
        problems.append(Problem(0, "", "the file names no custodians: there is nothing below its first row"))
    if problems:
        raise CustodiansInvalid(file=file, problems=sorted(problems, key=lambda problem: problem.row))
    return CustodianFile(file, tuple(found), ignored)


def is_address(text: str) -> bool:
    """Whether this can be one e-mail address: nothing before, after or in it that isn't part of it."""
    return len(text) <= LONGEST["email"] and text.isprintable() and _ADDRESS.fullmatch(text) is not None


def _decode(data: bytes, file: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Problem(line, "", f"byte {data[error.start]:#04x} isn't UTF-8; save the file as “CSV UTF-8”")
        raise CustodiansInvalid(file=file, problems=[problem]) from error
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise CustodiansInvalid(file=file, problems=[Problem(line, "", "a NUL character: this is no CSV file")])
    return text


def _records(text: str, file: str) -> Iterator[list[str]]:
    header = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=header.count)
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        problem = Problem(reader.line_num, "", f"{error}; check its quotation marks")
        raise CustodiansInvalid(file=file, problems=[problem]) from error


def _places(header: list[str], file: str) -> tuple[dict[str, int], tuple[str, ...]]:
    """Give the index of each column that means something, and the names of the others."""
    known = {alias: column for column, aliases in COLUMNS.items() for alias in aliases}
    places: dict[str, int] = {}
    ignored: list[str] = []
    problems: list[Problem] = []
    for index, title in enumerate(header):
        column = known.get(re.sub(r"[^a-z0-9]", "", title.lower()))
        if column is None:
            ignored.append(title.strip())
        elif column in places:
            problems.append(Problem(1, title.strip(), f"another column is {column} already; remove one"))
        else:
            places[column] = index
    missing = [column for column in REQUIRED if column not in places]
    if missing:
        there = ", ".join(title.strip() for title in header)
        problems.append(Problem(1, "", f"no column {' and '.join(missing)}; there is {there}"))
    if problems:
        raise CustodiansInvalid(file=file, problems=problems)
    return places, tuple(ignored)


def _row(number: int, record: list[str], width: int, places: dict[str, int], problems: list[Problem]) -> CustodianRow:
    if len(record) > width:
        text = f"{len(record)} cells, the first row has {width}; quote cells that contain the delimiter"
        problems.append(Problem(number, "", text))
    cells = {column: record[index].strip() if index < len(record) else "" for column, index in places.items()}
    for column, cell in cells.items():
        if column in REQUIRED and not cell:
            problems.append(Problem(number, column, "is empty"))
        elif not cell.isprintable() or len(cell) > LONGEST.get(column, LARGEST_CELL):
            longest = LONGEST.get(column, LARGEST_CELL)
            problems.append(Problem(number, column, f"must be printable and at most {longest} characters long"))
    others = [address for address in _BETWEEN_ADDRESSES.split(cells.get("addresses", "")) if address]
    for column, addresses in (("email", [cells["email"]]), ("addresses", others)):
        wrong = [address for address in addresses if address and not is_address(address)]
        problems.extend(Problem(number, column, f"{address!r} is no e-mail address") for address in wrong)
    own = dict.fromkeys(address.lower() for address in [cells["email"], *others] if address)
    return CustodianRow(
        row=number,
        name=cells["name"],
        employee_id=cells.get("employee_id", ""),
        department=cells.get("department", ""),
        addresses=tuple(own),
    )


def _repeated(rows: list[CustodianRow]) -> Iterator[Problem]:
    """Yield what two rows of the file both claim."""
    first_by_id: dict[str, int] = {}
    first_by_address: dict[str, int] = {}
    for row in rows:
        if row.employee_id and (first := first_by_id.setdefault(row.employee_id, row.row)) != row.row:
            yield Problem(row.row, "employee_id", f"{row.employee_id!r} is in row {first} too; one row per person")
        for address in row.addresses:
            if (first := first_by_address.setdefault(address, row.row)) != row.row:
                yield Problem(row.row, "email", f"{address!r} is in row {first} too; one row per person")
