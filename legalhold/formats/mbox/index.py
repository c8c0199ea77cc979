"""Where the From_ lines of an mbox are, and which variant of quoting its writer used (RFC 4155 and its relatives)."""

from array import array
from dataclasses import dataclass, field
from enum import Enum
from typing import BinaryIO

from legalhold.formats.headers import with_newlines
from legalhold.formats.mbox.from_lines import FOLLOWING_BYTES, MAX_LINE_BYTES, Standing, judge

BLOCK_BYTES = 4 << 20
_CR, _LF, _QUOTE = b"\r\n>"
_FROM = b"From "
_LOOK_BACK = 64  # a blank line before a From_ line, or the quotes before a quoted one
_LOOK_AHEAD = MAX_LINE_BYTES + FOLLOWING_BYTES
_MARK = b"\xef\xbb\xbf"  # a byte order mark


class MboxVariant(Enum):
    """How a writer protects lines that begin with "From "."""

    PLAIN = "mbox"  # no quoted line in the file: every variant reads it alike
    MBOXO = "mboxo"  # `From ` becomes `>From `
    MBOXRD = "mboxrd"  # `From `, `>From `, … get one `>` more
    MBOXCL2 = "mboxcl2"  # nothing is quoted, Content-Length tells the end


def _offsets() -> "array[int]":
    return array("q")


@dataclass(slots=True)
class MboxIndex:
    """Offsets of From_ lines, of the first byte after each (`bodies`) and of the blank line before, if any (`blanks`).

    `doubts` are lines that may begin a message and weren't taken for it.
    """

    begin: int = 0  # where text begins: after a byte order mark
    has_lone_crs: bool = False  # its lines end in CR alone, as on a Mac of old
    size_bytes: int = 0
    lines: "array[int]" = field(default_factory=_offsets)
    bodies: "array[int]" = field(default_factory=_offsets)
    blanks: "array[int]" = field(default_factory=_offsets)
    doubts: "array[int]" = field(default_factory=_offsets)
    has_bare: bool = False  # a line that begins with "From " and separates nothing: its writer doesn't quote all such
    has_quoted: bool = False
    has_twice_quoted: bool = False

    @property
    def quoting(self) -> MboxVariant:
        """The variant that the quoted lines show; mboxo and mboxrd differ only in lines quoted twice."""
        if self.has_twice_quoted:
            return MboxVariant.MBOXRD
        return MboxVariant.MBOXO if self.has_quoted else MboxVariant.PLAIN


def index_mbox(source: BinaryIO) -> MboxIndex:
    """Find every From_ line; a byte order mark before the first is passed over."""
    source.seek(0)
    index = MboxIndex()
    carry = b"\n" * _LOOK_BACK
    base = -_LOOK_BACK
    is_last = False
    while not is_last:
        block = source.read(BLOCK_BYTES)
        is_last = not block
        if not index.size_bytes:
            index.begin = len(_MARK) if block.startswith(_MARK) else 0
            index.has_lone_crs = b"\n" not in block and b"\r" in block
        window = carry + _as_lines(index, block)
        keep = _scan_window(index, window, base=base, is_last=is_last)
        index.size_bytes += len(block)
        base += keep
        carry = window[keep:]
    return index


def looks_like_mbox(head: bytes) -> bool:
    """Tell whether this begins with a plausible From_ line (white space before it is let pass)."""
    line, _, following = with_newlines(head).removeprefix(_MARK).lstrip(b"\r\n").partition(b"\n")
    if not line.startswith(_FROM):
        return False
    return judge(line=line, following=following[:FOLLOWING_BYTES], is_after_blank=True) is Standing.SEPARATOR


def _as_lines(index: MboxIndex, block: bytes) -> bytes:
    """Give a block in a form that the scan knows; offsets stay."""
    if index.has_lone_crs:
        block = block.replace(b"\r", b"\n")
    return block if index.size_bytes or not index.begin else b"\n" * index.begin + block[index.begin :]


def _scan_window(index: MboxIndex, window: bytes, *, base: int, is_last: bool) -> int:
    """Note what begins with "From " and is in the window far enough; return from where the next one must look again."""
    at = window.find(_FROM, _LOOK_BACK)
    while at >= 0:
        before = window[at - 1]
        if before == _QUOTE:
            _note_quoting(index, window[at - _LOOK_BACK : at])
        elif before == _LF:
            if len(window) - at < _LOOK_AHEAD and not is_last:
                return at - _LOOK_BACK
            _note_line(index, window, at, base)
        at = window.find(_FROM, at + 1)
    return max(len(window) - len(_FROM) + 1 - _LOOK_BACK, 0)


def _note_quoting(index: MboxIndex, before: bytes) -> None:
    line = before.rstrip(b">")
    if line.endswith(b"\n"):
        quotes = len(before) - len(line)
        index.has_quoted = index.has_quoted or quotes == 1
        index.has_twice_quoted = index.has_twice_quoted or quotes > 1


def _note_line(index: MboxIndex, window: bytes, at: int, base: int) -> None:
    start = base + at
    end = window.find(b"\n", at, at + _LOOK_AHEAD)
    if end < 0:
        end = min(len(window), at + _LOOK_AHEAD)
    if index.bodies and index.bodies[-1] == start:
        return  # a second From_ line right below the first: the message itself begins with it
    limit = end + 1 + FOLLOWING_BYTES
    # load-bearing: no header reaches over the next From_ line, and each byte is looked at for one line alone
    next_line = window.find(b"\n" + _FROM, end + 1, limit)
    following = window[end + 1 : limit if next_line < 0 else next_line + 1]
    is_after_blank = window[at - 2 : at] == b"\n\n" or window[at - 3 : at] == b"\n\r\n"
    line = window[at:end]
    standing = judge(line=line, following=following, is_after_blank=is_after_blank, is_first=start == index.begin)
    if standing is Standing.SEPARATOR:
        index.lines.append(start)
        index.bodies.append(base + min(end + 1, len(window)))
        index.blanks.append(start - (1 + (window[at - 2] == _CR) if is_after_blank else 0))
        return
    index.has_bare = True
    if standing is Standing.DOUBT:
        index.doubts.append(start)
