"""Tables that spreadsheets open without running anything: UTF-8 with a byte order mark, CRLF, no formulas (RFC 4180)."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from typing import TYPE_CHECKING

from exports.zones import in_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

LONGEST_CELL = 32_000
"""Spreadsheets cut a cell at 32,767 characters without saying so; what is cut here says so."""
CUT = " … (cut)"
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# What is shown as nothing, such as a zero-width space: spreadsheets differ in what they make of it before a formula.
_MAY_BE_UNSEEN = (*range(0x20000), *range(0xE0000, 0xE1000))  # the planes between hold ideographs or nothing
_UNSEEN = "".join(re.escape(chr(code)) for code in _MAY_BE_UNSEEN if unicodedata.category(chr(code)) == "Cf")
# Where the list separator is a semicolon, as in much of Europe, spreadsheets split our cells there too.
_STARTS = re.escape("".join(FORMULA_STARTS))
_HIDDEN_FORMULA = re.compile(f"(;[\\s\"'{_UNSEEN}]*)(?=[{_STARTS}])")
_FORMULA = re.compile(f"[\\s{_UNSEEN}]*[{_STARTS}]")
ROWS_PER_BLOCK = 500


def table(*, rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Yield a table's bytes; the first row holds the columns' names."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    text.write("\ufeff")
    for number, row in enumerate(rows, start=1):
        writer.writerow([cell(text=value) for value in row])
        if number % ROWS_PER_BLOCK == 0:
            yield _taken(text)
    yield _taken(text)


def cell(*, text: str) -> str:
    """Return a text as one line that no spreadsheet takes for a formula."""
    line = " ".join(text.split()) if any(letter in text for letter in "\r\n\t\v\f\x00\x85\u2028\u2029") else text
    line = _HIDDEN_FORMULA.sub(r"\1'", line.replace("\0", ""))
    if len(line) > LONGEST_CELL:
        line = line[: LONGEST_CELL - len(CUT)] + CUT
    return f"'{line}" if _FORMULA.match(line) else line


def moment(*, at: datetime | None, zone: ZoneInfo) -> str:
    """Return a time in the export's zone with its offset, to the second; empty where there is none."""
    return "" if at is None else in_zone(at=at, zone=zone).isoformat(timespec="seconds")


def _taken(text: io.StringIO) -> bytes:
    data = text.getvalue().encode("utf-8", "replace")
    text.seek(0)
    text.truncate()
    return data
