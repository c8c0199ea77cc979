"""The messages of an indexed mbox, in file order, each as a slice of the file and as its un-quoted bytes."""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from legalhold.formats.mbox.index import MboxIndex, MboxVariant
from legalhold.formats.mbox.quoting import UnquotedSlice, read_piece, unquote

MAX_IN_MEMORY_BYTES = 8 << 20
HEAD_BYTES = 64 << 10
_BLOCK_BYTES = 1 << 20
_SAMPLED_MESSAGES = 32
_SLACK_BYTES = 4  # a Content-Length may count the blank line that follows or not: `\r\n` twice at most
_CONTENT_LENGTH = re.compile(rb"^Content-Length:[ \t]*(\d{1,15})[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_HEADER_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class MboxMessage:
    """One message: `start` and `end` bound its piece of the file, without From_ line and trailing blank line.

    `digest` and `size_bytes` are of the un-quoted bytes; `data` holds these where they fit in memory, `head` their
    beginning. `is_exact` says that the piece equals them.
    """

    start: int
    end: int
    digest: bytes
    size_bytes: int
    head: bytes
    data: bytes | None
    is_exact: bool


def read_messages(
    *, source: BinaryIO, index: MboxIndex, variant: MboxVariant | None = None
) -> tuple[MboxVariant, Iterator[MboxMessage]]:
    """Decide the variant (unless told) and yield the messages in file order."""
    if variant is None:
        variant = MboxVariant.MBOXCL2 if _is_told_by_lengths(source, index) else index.quoting
    pieces = _pieces_by_length(source, index) if variant is MboxVariant.MBOXCL2 else _pieces(source, index)
    return variant, (_message(source, start, end, variant) for start, end in pieces)


def has_preamble(*, source: BinaryIO, index: MboxIndex) -> bool:
    """Tell whether anything but white space stands before the first From_ line (or there is none at all)."""
    end = index.lines[0] if index.lines else index.size_bytes
    source.seek(0)
    while end > 0:
        block = source.read(min(end, HEAD_BYTES))
        if not block or block.strip(b" \t\r\n\x00\xef\xbb\xbf"):
            return bool(block)
        end -= len(block)
    return False


def _pieces(source: BinaryIO, index: MboxIndex) -> Iterator[tuple[int, int]]:
    for ordinal, start in enumerate(index.bodies):
        yield start, _end_before(source, index, start, ordinal + 1)


def _end_before(source: BinaryIO, index: MboxIndex, start: int, following: int) -> int:
    """Where the message ends that begins at `start`, if the From_ line `following` (or the file's end) closes it."""
    if following < len(index.lines):
        return index.blanks[following]
    end = index.size_bytes
    tail_start = max(start, end - 3)
    source.seek(tail_start)
    tail = source.read(end - tail_start)
    is_alone = len(tail) == end - start  # nothing but the blank line: an empty message
    if tail.endswith(b"\n\r\n") or (is_alone and tail == b"\r\n"):
        return end - 2
    return end - 1 if tail.endswith(b"\n\n") or (is_alone and tail == b"\n") else end


def _claimed_end(source: BinaryIO, start: int) -> int | None:
    """Where Content-Length says that the message beginning at `start` ends."""
    source.seek(start)
    head = source.read(HEAD_BYTES)
    gap = _HEADER_END.search(head)
    length = _CONTENT_LENGTH.search(head, 0, gap.start() + 1) if gap else None
    return start + gap.end() + int(length[1]) if gap and length else None


def _told_end(source: BinaryIO, index: MboxIndex, ordinal: int) -> tuple[int, int] | None:
    """Where Content-Length ends the message `ordinal` and which From_ line follows, if one does stand there."""
    claimed = _claimed_end(source, index.bodies[ordinal])
    if claimed is None or claimed > index.size_bytes:
        return None
    following = bisect_left(index.lines, claimed, ordinal + 1)
    end = index.lines[following] if following < len(index.lines) else index.size_bytes
    if end - claimed > _SLACK_BYTES:
        return None
    source.seek(claimed)
    return None if source.read(end - claimed).strip(b"\r\n") else (claimed, following)


def _is_told_by_lengths(source: BinaryIO, index: MboxIndex) -> bool:
    """Tell whether the first messages all end where their Content-Length says: one lying header decides nothing."""
    ordinal = 0
    for _ in range(_SAMPLED_MESSAGES):
        if ordinal >= len(index.lines):
            break
        told = _told_end(source, index, ordinal)
        if told is None:
            return False
        ordinal = told[1]
    return ordinal > 0


def _pieces_by_length(source: BinaryIO, index: MboxIndex) -> Iterator[tuple[int, int]]:
    ordinal = 0
    while ordinal < len(index.lines):
        start = index.bodies[ordinal]
        told = _told_end(source, index, ordinal)
        if told is None:  # a lie or none: the next From_ line decides
            told = _end_before(source, index, start, ordinal + 1), ordinal + 1
        yield start, told[0]
        ordinal = told[1]


def _message(source: BinaryIO, start: int, end: int, variant: MboxVariant) -> MboxMessage:
    if end - start > MAX_IN_MEMORY_BYTES:
        return _large_message(source, start, end, variant)
    source.seek(start)
    piece = read_piece(source, end - start)
    data = unquote(piece, variant=variant)
    digest = hashlib.sha256(data).digest()
    return MboxMessage(start, end, digest, len(data), data[:HEAD_BYTES], data, data is piece or data == piece)


def _large_message(source: BinaryIO, start: int, end: int, variant: MboxVariant) -> MboxMessage:
    source.seek(start)
    stream = UnquotedSlice(source=source, size_bytes=end - start, variant=variant)
    hasher = hashlib.sha256()
    head = b""
    size_bytes = 0
    while block := stream.read(_BLOCK_BYTES):
        hasher.update(block)
        size_bytes += len(block)
        head += block[: HEAD_BYTES - len(head)]
    return MboxMessage(start, end, hasher.digest(), size_bytes, head, None, size_bytes == end - start)
