"""Where each message of an indexed mbox lies: by its From_ lines, or by what Content-Length says of its end."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from legalhold.formats.mbox.index import MboxIndex

HEAD_BYTES = 64 << 10
_SAMPLED_MESSAGES = 32
_SLACK_BYTES = 4  # a Content-Length may count the blank line that follows or not: `\r\n` twice at most
_CONTENT_LENGTH = re.compile(rb"^Content-Length:[ \t]*(\d{1,15})[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_HEADER_END = re.compile(rb"\r?\n\r?\n")


class Piece(NamedTuple):
    """One message's place: its From_ line begins at `line`, the message at `start`, the blank line after it at `end`."""

    line: int
    start: int
    end: int


def pieces_by_lines(*, source: BinaryIO, index: MboxIndex) -> Iterator[Piece]:
    """Give the pieces between From_ lines, in file order."""
    for ordinal, start in enumerate(index.bodies):
        yield Piece(index.lines[ordinal], start, _end_before(source, index, start, ordinal + 1))


def pieces_by_lengths(*, source: BinaryIO, index: MboxIndex) -> Iterator[Piece]:
    """Give the pieces whose lengths are told, in file order; where one lies or is missing the next From_ line decides."""
    ordinal = 0
    while ordinal < len(index.lines):
        start = index.bodies[ordinal]
        told = _told_end(source, index, ordinal)
        end, following = told or (_end_before(source, index, start, ordinal + 1), ordinal + 1)
        yield Piece(index.lines[ordinal], start, end)
        ordinal = following


def is_told_by_lengths(*, source: BinaryIO, index: MboxIndex) -> bool:
    """Tell whether the first messages all end where their Content-Length says.

    One alone proves nothing if From_ lines lie in it: whoever wrote that message could hide all that follow.
    """
    ordinal = agreeing = 0
    while ordinal < len(index.lines) and agreeing < _SAMPLED_MESSAGES:
        told = _told_end(source, index, ordinal)
        if told is None:
            return False
        ordinal = told[1]
        agreeing += 1
    return agreeing > 1 or len(index.lines) == agreeing == 1


def _end_before(source: BinaryIO, index: MboxIndex, start: int, following: int) -> int:
    """Where the message ends that begins at `start`, if the From_ line `following` (or the file's end) closes it."""
    if following < len(index.lines):
        return index.blanks[following]
    end = index.size_bytes
    tail_start = max(start, end - 3)
    source.seek(tail_start)
    tail = source.read(end - tail_start)
    if index.has_lone_crs:
        tail = tail.replace(b"\r", b"\n")
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
