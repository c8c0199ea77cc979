"""The parts of a message as ranges of its bytes, found without building a message: bounded in depth, count and time."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from legalhold.formats.headers import Header, header_of, unfold

MAX_DEPTH = 64
MAX_PARTS = 10_000
MAX_DELIMITERS = 100_000  # candidates looked at, in a whole message: what keeps nested boundaries linear
_FIELD = re.compile(rb"\ncontent-(type|transfer-encoding|disposition)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE)
_PARAMETER = re.compile(rb""";\s*([^\s;="]{1,64})\s*=\s*("(?:[^"\\]|\\.)*"?|[^;\s]*)""", re.DOTALL)
_LF = 0x0A
_MAX_PADDING_BYTES = 80  # white space after a boundary; what follows would have to be searched again for each candidate
_MAX_PARAMETERS = 64


class MimePart(NamedTuple):
    """One part: its declared type and the range of its body. `is_closed` is false when its end delimiter is missing."""

    depth: int
    media_type: str
    encoding: str
    parameters: dict[str, bytes]
    disposition: dict[str, bytes]
    start: int
    end: int
    is_closed: bool
    is_attachment: bool


@dataclass(frozen=True, slots=True)
class MimeScan:
    """The parts in file order, containers of parts before what they hold."""

    parts: tuple[MimePart, ...]
    is_too_deep: bool
    is_too_large: bool


def walk_mime(data: bytes) -> MimeScan:
    """Find the parts of a whole message (RFC 2046)."""
    walker = _Walker(data)
    pending = [(0, len(data), 0, True)]
    while pending and len(walker.parts) < MAX_PARTS:
        pending.extend(reversed(walker.visit(*pending.pop())))
    return MimeScan(tuple(walker.parts), walker.is_too_deep, walker.is_too_large or bool(pending))


class _Walker:
    def __init__(self, data: bytes) -> None:
        self.parts: list[MimePart] = []
        self.is_too_deep = False
        self.is_too_large = False
        self._data = data
        self._budget = MAX_DELIMITERS

    def visit(self, start: int, end: int, depth: int, is_closed: bool) -> list[tuple[int, int, int, bool]]:  # noqa: FBT001 - the elements of a work list
        """Note one part and give the ranges of those inside it."""
        header = header_of(self._data, start=start, end=end)
        self.is_too_large = self.is_too_large or header.is_cut
        part = _read_part(self._data, start, header, end, depth, is_closed=is_closed)
        self.parts.append(part)
        boundary = part.parameters.get("boundary", b"").rstrip()
        is_holder = part.media_type.startswith("multipart/") and boundary
        if not is_holder and part.media_type not in {"message/rfc822", "message/global"}:
            return []
        if depth >= MAX_DEPTH:
            self.is_too_deep = True
            return []
        if not is_holder:
            return [(part.start, part.end, depth + 1, is_closed)]
        return [(*piece, depth + 1, piece_closed) for *piece, piece_closed in self._pieces(part, boundary)]  # type: ignore[misc]

    def _pieces(self, part: MimePart, boundary: bytes) -> list[tuple[int, int, bool]]:
        """Cut a multipart's body at its delimiter lines."""
        pieces: list[tuple[int, int, bool]] = []
        needle = b"--" + boundary
        opened: int | None = None
        at = self._data.find(needle, part.start, part.end)
        while at >= 0 and self._budget > 0:
            self._budget -= 1
            line_end, tail = self._line_after(at + len(needle), part.end)
            if tail in {b"", b"--"} and (at == part.start or self._data[at - 1] == _LF):
                if opened is not None:
                    pieces.append((opened, _before_newline(self._data, opened, at), True))
                opened = None if tail else line_end
                if tail:
                    break
            at = self._data.find(needle, at + len(needle), part.end)
        self.is_too_large = self.is_too_large or self._budget <= 0
        if opened is not None:
            pieces.append((opened, part.end, False))
        return pieces

    def _line_after(self, at: int, end: int) -> tuple[int, bytes]:
        """Give where a delimiter's line ends and what follows the boundary in it, seen as far as padding may reach."""
        limit = min(end, at + _MAX_PADDING_BYTES)
        line_end = self._data.find(b"\n", at, limit) + 1
        if not line_end:
            return limit, self._data[at:limit].rstrip() if limit == end else b"no delimiter"
        return line_end, self._data[at:line_end].rstrip()


def _before_newline(data: bytes, start: int, at: int) -> int:
    """Where the bytes before a delimiter end: its newline belongs to the delimiter (RFC 2046 §5.1.1)."""
    at -= 1
    return max(start, at - (data[at - 1 : at] == b"\r"))


def _read_part(data: bytes, start: int, header: Header, end: int, depth: int, *, is_closed: bool) -> MimePart:
    fields: dict[bytes, bytes] = {}
    for match in _FIELD.finditer(b"\n" + data[start : header.end]):
        fields.setdefault(match[1].lower(), unfold(match[2]))
    value = fields.get(b"type", b"text/plain")
    disposition = fields.get(b"disposition", b"")
    encoding = fields.get(b"transfer-encoding", b"").partition(b";")[0].strip().lower()
    return MimePart(
        depth=depth,
        media_type=value[:256].partition(b";")[0].strip().lower().decode("ascii", "replace"),
        encoding=encoding[:64].decode("ascii", "replace"),
        parameters=_parameters(value),
        disposition=_parameters(disposition),
        start=header.body,
        end=end,
        is_closed=is_closed,
        is_attachment=disposition[:10].lower() == b"attachment",
    )


def _parameters(value: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    if b";" not in value:
        return found
    for match in _PARAMETER.finditer(value):
        raw = match[2]
        if raw.startswith(b'"'):
            raw = re.sub(rb"\\(.)", rb"\1", raw[1:].removesuffix(b'"'))
        found.setdefault(match[1].decode("latin-1").lower(), raw)
        if len(found) >= _MAX_PARAMETERS:
            break
    return found
