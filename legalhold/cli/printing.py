"""How figures, times and tables are printed for people; ``--json`` prints the same as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from unicodedata import category, east_asian_width
from uuid import UUID

from legalhold.approvals.figures import count, length, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["Result", "count", "length", "pairs", "plain", "shown", "size", "table", "when"]

NUMBERS = (int, float)


@dataclass(frozen=True, slots=True)
class Result:
    """What a command prints: readable text, the same as data, whether all is well, and what went wrong after the act."""

    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    is_good: bool = True
    warning: str = ""


def when(at: datetime | None) -> str:
    """Return a time in UTC with its zone, to the second; a dash where there is none."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at else "–"


def shown(text: object) -> str:
    """Return text that can't move the cursor or hide what follows it: what evidence is called comes from others."""
    return "".join("�" if category(sign) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} else sign for sign in str(text))


def table(titles: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> str:
    """Return columns of even width, numbers to the right; ``empty`` instead where there is no row.

    Times are to the minute, and their title says once that they are UTC.
    """
    values = [list(row) for row in rows]
    lines = [[_cell(value, when=_minute) for value in row] for row in values]
    if not lines:
        return empty
    is_number = [all(line[index][1] for line in lines) for index in range(len(titles))]
    is_time = [any(isinstance(row[index], datetime) for row in values) for index in range(len(titles))]
    heads = [f"{title} (UTC)" if timed else title for title, timed in zip(titles, is_time, strict=True)]
    cells = [heads, *([text for text, _ in line] for line in lines)]
    widths = [max(_width(row[index]) for row in cells) for index in range(len(titles))]
    printed = [
        "  ".join(_pad(text, width, right) for text, width, right in zip(row, widths, is_number, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join(printed)


def pairs(rows: Iterable[tuple[str, object]]) -> str:
    """Return names and values under each other."""
    lines = [(name, _cell(value)[0]) for name, value in rows]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {value}".rstrip() for name, value in lines)


def plain(value: object) -> Any:
    """Return a value as JSON can hold it: times as ISO 8601 in UTC, bytes as hex, keys as text."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case bytes() | memoryview():
            return bytes(value).hex()
        case UUID():
            return str(value)
        case dict():
            return {str(name): plain(one) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(one) for one in value]
        case _:
            return value if value is None or isinstance(value, (str, bool, *NUMBERS)) else str(value)


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _cell(value: object, *, when: Callable[[datetime], str] = when) -> tuple[str, bool]:
    if isinstance(value, bool) or value is None:
        return ("yes" if value else "–"), False
    if isinstance(value, int):
        return f"{value:,}", True
    return (when(value) if isinstance(value, datetime) else shown(value)), False


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in {"W", "F"} else 0 if category(sign) == "Mn" else 1 for sign in text)


def _pad(text: str, width: int, right: bool) -> str:  # noqa: FBT001 one of two sides
    space = " " * (width - _width(text))
    return space + text if right else text + space
