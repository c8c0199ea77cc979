"""Where the From_ lines of an mbox are, and which variant of quoting its writer used (RFC 4155 and its relatives)."""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import BinaryIO

BLOCK_BYTES = 4 << 20
MAX_FROM_LINE_BYTES = 1024
_QUOTES_SEEN_ACROSS_BLOCKS = 64
_CR = 0x0D
_NEEDLE = b"\nFrom "
_LOOK_BACK = 3  # what tells a blank line before a From_ line: `\n\r\n` less one, and one to spare
# a time of day and a year: what every writer of From_ lines gives and a sentence that starts with "From " doesn't
_FROM_LINE = re.compile(rb"From .*\b\d{1,2}:\d{2}(?::\d{2})?\b.*\b\d{4}\b|From .*\b\d{4}\b.*\b\d{1,2}:\d{2}\b")


class MboxVariant(Enum):
    """How a writer protects lines that begin with "From "."""

    PLAIN = "mbox"  # no quoted line in the file: every variant reads it alike
    MBOXO = "mboxo"  # `From ` becomes `>From `
    MBOXRD = "mboxrd"  # `From `, `>From `, … get one `>` more
    MBOXCL2 = "mboxcl2"  # nothing is quoted, Content-Length tells the end


@dataclass(slots=True)
class MboxIndex:
    """Offsets of From_ lines, of the first byte after each (`bodies`) and of the blank line before (`blanks`)."""

    size_bytes: int = 0
    lines: "array[int]" = field(default_factory=lambda: array("q"))
    bodies: "array[int]" = field(default_factory=lambda: array("q"))
    blanks: "array[int]" = field(default_factory=lambda: array("q"))
    has_quoted: bool = False
    has_twice_quoted: bool = False

    @property
    def quoting(self) -> MboxVariant:
        """The variant that the quoted lines show; mboxo and mboxrd differ only in lines quoted twice."""
        if self.has_twice_quoted:
            return MboxVariant.MBOXRD
        return MboxVariant.MBOXO if self.has_quoted else MboxVariant.PLAIN


def index_mbox(source: BinaryIO) -> MboxIndex:
    """Find every From_ line: a blank line (or nothing) before it and a time and year in it."""
    source.seek(0)
    index = MboxIndex()
    carry = b"\n" * (_LOOK_BACK + 1)
    base = -len(carry)
    tail = b"\n"
    is_last = False
    while not is_last:
        block = source.read(BLOCK_BYTES)
        is_last = not block
        window = carry + block
        _note_quoting(index, tail + block)
        tail = block[-_QUOTES_SEEN_ACROSS_BLOCKS:]
        keep = _scan_window(index, window, base=base, is_last=is_last)
        index.size_bytes += len(block)
        base += keep
        carry = window[keep:]
    return index


def looks_like_mbox(head: bytes) -> bool:
    """Tell whether this begins with a plausible From_ line (white space before it is let pass)."""
    line, _, _ = head.lstrip(b"\r\n")[:MAX_FROM_LINE_BYTES].partition(b"\n")
    return _FROM_LINE.match(line) is not None


def _note_quoting(index: MboxIndex, window: bytes) -> None:
    index.has_quoted = index.has_quoted or b"\n>From " in window
    index.has_twice_quoted = index.has_twice_quoted or re.search(rb"\n>>+From ", window) is not None


def _scan_window(index: MboxIndex, window: bytes, *, base: int, is_last: bool) -> int:
    """Note the From_ lines whose end is in the window; return from where the next window must look again."""
    keep = max(len(window) - len(_NEEDLE) + 1 - _LOOK_BACK, 0)
    for at in _needles(window):
        end = window.find(b"\n", at + 1, at + 1 + MAX_FROM_LINE_BYTES)
        if end < 0:
            if is_last:
                end = len(window)
            elif len(window) - at <= MAX_FROM_LINE_BYTES:
                return at - _LOOK_BACK
            else:
                continue
        if _is_separator(window, at, end, is_first=base + at + 1 == 0):
            index.lines.append(base + at + 1)
            index.bodies.append(base + min(end + 1, len(window)))
            index.blanks.append(base + at - (window[at - 1] == _CR))
    return keep


def _needles(window: bytes) -> Iterator[int]:
    at = window.find(_NEEDLE, _LOOK_BACK)
    while at >= 0:
        yield at
        at = window.find(_NEEDLE, at + 1)


def _is_separator(window: bytes, at: int, end: int, *, is_first: bool) -> bool:
    if is_first:
        return True
    after_blank = window[at - 1 : at] == b"\n" or window[at - 2 : at] == b"\n\r"
    return after_blank and _FROM_LINE.match(window, at + 1, end) is not None
