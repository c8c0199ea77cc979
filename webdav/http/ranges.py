"""Range requests (RFC 9110 §14): what is asked of a representation of known size."""

import re
from typing import NamedTuple

MAX_RANGES = 16
_SPEC = re.compile(r"[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*")


class ByteRange(NamedTuple):
    """Bytes from ``start`` up to but without ``stop``."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.stop - self.start


class RangeUnsatisfiable(Exception):
    """No range asked for overlaps the representation."""


def read_ranges(header: str, *, size: int) -> tuple[ByteRange, ...]:
    """Return the ranges to send, none when the header is to be ignored and the whole sent.

    Ignored are unknown units, bad syntax, more than MAX_RANGES, and ranges that together are longer than the
    whole (RFC 9110 §14.2 allows it, §17.15 says why). Raise RangeUnsatisfiable when none overlaps.
    """
    unit, equals, specs = header.partition("=")
    parts = specs.split(",", MAX_RANGES)
    matches = [_SPEC.fullmatch(part) for part in parts]
    if unit.strip().lower() != "bytes" or not equals or len(parts) > MAX_RANGES:
        return ()
    asked = [_read_spec(match[1], match[2], size=size) if match else None for match in matches]
    if any(spec is None for spec in asked):
        return ()
    found = tuple(spec for spec in asked if spec and spec.length > 0)
    if not found:
        raise RangeUnsatisfiable
    return found if sum(spec.length for spec in found) <= size else ()


def _read_spec(first: str, last: str, *, size: int) -> ByteRange | None:
    """Return the part of one spec that exists, possibly empty; None when it isn't a spec."""
    if not first:
        return ByteRange(max(size - int(last), 0), size) if last else None
    start, stop = int(first), int(last) + 1 if last else size
    if last and stop <= start:
        return None
    return ByteRange(start, max(min(stop, size), start))
