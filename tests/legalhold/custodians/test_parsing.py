"""What a file of custodians says, and every way in which it can be wrong."""

from __future__ import annotations

import pytest

from legalhold.custodians.parsing import CustodiansInvalid, is_address, parse_custodians


def rows_of(text: str | bytes):
    data = text.encode() if isinstance(text, str) else text
    return parse_custodians(data=data, file="people.csv")


def problems_of(text: str | bytes) -> list[str]:
    with pytest.raises(CustodiansInvalid) as refused:
        rows_of(text)
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_file_as_spreadsheets_write_it(delimiter, bom, newline):
    cells = [["E-Mail Address", "Full Name", "Employee ID", "Dept.", "Other addresses", "Shoe size"],
             ["Alice@Example.org", "Älice", "E1", "Law", '"a@x.org; b@x.org"', "38"]]  # fmt: skip

    found = rows_of(bom + newline.join(delimiter.join(row) for row in cells) + newline)

    [row] = found.rows
    assert (row.row, row.name, row.employee_id, row.department) == (2, "Älice", "E1", "Law")
    assert row.addresses == ("alice@example.org", "a@x.org", "b@x.org")
    assert found.ignored_columns == ("Shoe size",)


def test_short_rows_and_empty_rows_are_fine():
    found = rows_of("email,name,department\na@x.org,Ann\n\n,,\nb@x.org,Bob,Law\n")

    assert [(row.row, row.name, row.department) for row in found.rows] == [(2, "Ann", ""), (5, "Bob", "Law")]


def test_every_problem_is_told_with_row_and_column():
    text = (
        "email,name,employee_id,addresses\n"
        "no-address,Ann,E1,\n"
        "b@x.org,,E1,\n"
        "c@x.org,Cy,E3,d@x.org wrong\n"
        "C@x.org,Di,E4,d@x.org,more\n"
        f"e@x.org,{'E' * 201},E5,\n"
        ",Fay,E6,\n"
    )

    assert problems_of(text) == [
        "row 2, email: 'no-address' is no e-mail address",
        "row 3, name: is empty",
        "row 3, employee_id: 'E1' is in row 2 too; one row per person",
        "row 4, addresses: 'wrong' is no e-mail address",
        "row 5: 5 cells, the first row has 4; quote cells that contain the delimiter",
        "row 5, email: 'c@x.org' is in row 4 too; one row per person",
        "row 5, email: 'd@x.org' is in row 4 too; one row per person",
        "row 6, name: must be printable and at most 200 characters long",
        "row 7, email: is empty",
    ]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty; its first row names the columns"),
        (b"email,name\n", "the file names no custodians: there is nothing below its first row"),
        (b"email,name\na@x.org,J\xfcrgen\n", "row 2: byte 0xfc isn't UTF-8; save the file as “CSV UTF-8”"),
        (b"email,name\na@x.org,\x00\n", "row 2: a NUL character: this is no CSV file"),
        (b'email,name\na@x.org,"x"y\n', "row 2: ',' expected after '\"'; check its quotation marks"),
        (b"mail,first name\na@x.org,A\n", "row 1: no column name; there is mail, first name"),
        (b"a,b\n1,2\n", "row 1: no column email and name; there is a, b"),
        (b"email,name,mail\na@x.org,A,b@x.org\n", "row 1, mail: another column is email already; remove one"),
    ],
)
def test_file_that_cannot_be_read_is_told_why(data, problem):
    assert problems_of(data) == [problem]


def test_message_lists_every_problem_and_says_that_nothing_was_done():
    with pytest.raises(CustodiansInvalid) as refused:
        rows_of("email,name\nx,\n")

    assert str(refused.value).splitlines() == [
        "people.csv: row 2, name: is empty",
        "people.csv: row 2, email: 'x' is no e-mail address",
        "2 problems in people.csv: nothing was imported",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a@x.org", True), ("a@host", True), ("a b@x.org", False), ("a@b@c", False), ("@x", False), ("a@", False),
     ("a\u200b\n@x", False), ("a" * 320 + "@x", False), ("Ann <a@x.org>", False)],
)  # fmt: skip
def test_address_is_one_address_and_nothing_else(text, expected):
    assert is_address(text) is expected
