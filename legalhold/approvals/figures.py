"""How figures are said in sentences that people read and agree to: with separators, a noun that fits, and short lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import timedelta

UNITS: Final = ("bytes", "kB", "MB", "GB", "TB", "PB")
STEP: Final = 1000
LENGTHS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def count(number: int, one: str = "", many: str = "") -> str:
    """Return a number with separators and its noun: ``1 item``, ``1,200 items``."""
    noun = one if number == 1 else many or f"{one}s"
    return f"{number:,} {noun}" if one else f"{number:,}"


def size(size_bytes: int) -> str:
    """Return a length as people read it: ``1.2 MB`` (1 MB is a million bytes)."""
    if size_bytes == 1:
        return "1 byte"
    value, unit = float(size_bytes), UNITS[0]
    for unit in UNITS:
        if value < STEP or unit == UNITS[-1]:
            break
        value /= STEP
    return f"{size_bytes:,} {unit}" if unit == UNITS[0] else f"{value:,.1f} {unit}"


def length(time: timedelta) -> str:
    """Return a length of time in the largest unit that divides it: ``7 days``, ``36 hours``, ``0 s``."""
    seconds = int(time.total_seconds())
    for unit_seconds, name in LENGTHS:
        if seconds and seconds % unit_seconds == 0:
            return count(seconds // unit_seconds, name)
    return f"{seconds:,} s"
