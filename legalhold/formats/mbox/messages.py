"""The messages of an indexed mbox, in file order, each as a slice of the file and as its un-quoted bytes."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from legalhold.formats.mbox.index import MboxIndex, MboxVariant
from legalhold.formats.mbox.pieces import HEAD_BYTES, Piece, is_told_by_lengths, pieces_by_lengths, pieces_by_lines
from legalhold.formats.mbox.quoting import UnquotedSlice, read_piece, unquote

MAX_IN_MEMORY_BYTES = 8 << 20
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class MboxMessage:
    """One message: `start` and `end` bound its piece of the file, without From_ line and trailing blank line.

    `digest` and `size_bytes` are of the un-quoted bytes; `data` holds these where they fit in memory, `head` their
    beginning. `is_exact` says that the piece equals them, `holds_from_line` that a line in it may begin another message.
    `from_line` is the line before it; `is_adjoining` says that nothing else but blank lines is before that.
    """

    start: int
    end: int
    digest: bytes
    size_bytes: int
    head: bytes
    data: bytes | None
    is_exact: bool
    holds_from_line: bool
    from_line: bytes
    is_adjoining: bool


def read_messages(
    *, source: BinaryIO, index: MboxIndex, variant: MboxVariant | None = None
) -> tuple[MboxVariant, Iterator[MboxMessage]]:
    """Decide how lines are quoted (unless told) and yield the messages in file order."""
    variant, pieces = _decide(source, index, variant)
    return variant, _messages(source, index, pieces, variant)


def _decide(source: BinaryIO, index: MboxIndex, variant: MboxVariant | None) -> tuple[MboxVariant, Iterable[Piece]]:
    if variant is None and index.has_lone_crs:  # no writer is known that quoted in such files: nothing is un-quoted
        return MboxVariant.MBOXCL2, pieces_by_lines(source=source, index=index)
    if variant is None and is_told_by_lengths(source=source, index=index):
        return _decide_quoting(source, index)
    if variant is MboxVariant.MBOXCL2:
        return variant, pieces_by_lengths(source=source, index=index)
    return variant or index.quoting, pieces_by_lines(source=source, index=index)


def _decide_quoting(source: BinaryIO, index: MboxIndex) -> tuple[MboxVariant, Iterable[Piece]]:
    """Tell mboxcl, which counts and quotes, from mboxcl2, which leaves lines that begin with "From " as they are."""
    if index.has_bare or index.quoting is MboxVariant.PLAIN:
        return MboxVariant.MBOXCL2, pieces_by_lengths(source=source, index=index)
    pieces = list(pieces_by_lengths(source=source, index=index))
    is_bare = any(_holds_from_line(index, piece) for piece in pieces)
    return MboxVariant.MBOXCL2 if is_bare else index.quoting, pieces


def _messages(
    source: BinaryIO, index: MboxIndex, pieces: Iterable[Piece], variant: MboxVariant
) -> Iterator[MboxMessage]:
    at = index.lines[0] if index.lines else 0
    for piece in pieces:
        source.seek(at)
        before = read_piece(source, piece.start - at)
        from_line = before[piece.line - at :].rstrip(b"\r\n")
        content = _read_content(source, piece.end - piece.start, variant)
        yield MboxMessage(
            piece.start,
            piece.end,
            *content,
            holds_from_line=_holds_from_line(index, piece),
            from_line=from_line,
            is_adjoining=not before[: piece.line - at].strip(b"\r\n") and b"\r" not in from_line,
        )
        at = piece.end


def _holds_from_line(index: MboxIndex, piece: Piece) -> bool:
    return _is_any_within(index.lines, piece) or _is_any_within(index.doubts, piece)


def _is_any_within(lines: Sequence[int], piece: Piece) -> bool:
    at = bisect_left(lines, piece.start)
    return at < len(lines) and lines[at] < piece.end


def _read_content(
    source: BinaryIO, size_bytes: int, variant: MboxVariant
) -> tuple[bytes, int, bytes, bytes | None, bool]:
    """Read and un-quote the source's next bytes: digest, size, head, data if it isn't too large, whether all is as read."""
    if size_bytes > MAX_IN_MEMORY_BYTES:
        return _large_content(source, size_bytes, variant)
    quoted = read_piece(source, size_bytes)
    data = unquote(quoted, variant=variant)
    is_exact = data is quoted or data == quoted
    return hashlib.sha256(data).digest(), len(data), data[:HEAD_BYTES], data, is_exact


def _large_content(source: BinaryIO, quoted_bytes: int, variant: MboxVariant) -> tuple[bytes, int, bytes, None, bool]:
    stream = UnquotedSlice(source=source, size_bytes=quoted_bytes, variant=variant)
    hasher = hashlib.sha256()
    head = b""
    size_bytes = 0
    while block := stream.read(_BLOCK_BYTES):
        hasher.update(block)
        size_bytes += len(block)
        head += block[: HEAD_BYTES - len(head)]
    return hasher.digest(), size_bytes, head, None, size_bytes == quoted_bytes
