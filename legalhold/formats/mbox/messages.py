"""The messages of an indexed mbox, in file order, each as a slice of the file and as its un-quoted bytes."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
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
    """

    start: int
    end: int
    digest: bytes
    size_bytes: int
    head: bytes
    data: bytes | None
    is_exact: bool
    holds_from_line: bool


def read_messages(
    *, source: BinaryIO, index: MboxIndex, variant: MboxVariant | None = None
) -> tuple[MboxVariant, Iterator[MboxMessage]]:
    """Decide the variant (unless told) and yield the messages in file order."""
    variant, pieces = _decide(source, index, variant)
    return variant, (_message(source, index, piece, variant) for piece in pieces)


def _decide(source: BinaryIO, index: MboxIndex, variant: MboxVariant | None) -> tuple[MboxVariant, Iterable[Piece]]:
    if variant is None and is_told_by_lengths(source=source, index=index):
        variant = MboxVariant.MBOXCL2
    if variant is MboxVariant.MBOXCL2:
        return variant, pieces_by_lengths(source=source, index=index)
    return variant or index.quoting, pieces_by_lines(source=source, index=index)


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


def _holds_from_line(index: MboxIndex, piece: Piece) -> bool:
    return any(bisect_left(lines, piece.start) < bisect_left(lines, piece.end) for lines in (index.lines, index.doubts))


def _message(source: BinaryIO, index: MboxIndex, piece: Piece, variant: MboxVariant) -> MboxMessage:
    _, start, end = piece
    is_doubtful = _holds_from_line(index, piece)
    source.seek(start)
    if end - start > MAX_IN_MEMORY_BYTES:
        return _large_message(source, piece, variant, is_doubtful=is_doubtful)
    quoted = read_piece(source, end - start)
    data = unquote(quoted, variant=variant)
    digest = hashlib.sha256(data).digest()
    is_exact = data is quoted or data == quoted
    return MboxMessage(start, end, digest, len(data), data[:HEAD_BYTES], data, is_exact, is_doubtful)


def _large_message(source: BinaryIO, piece: Piece, variant: MboxVariant, *, is_doubtful: bool) -> MboxMessage:
    _, start, end = piece
    stream = UnquotedSlice(source=source, size_bytes=end - start, variant=variant)
    hasher = hashlib.sha256()
    head = b""
    size_bytes = 0
    while block := stream.read(_BLOCK_BYTES):
        hasher.update(block)
        size_bytes += len(block)
        head += block[: HEAD_BYTES - len(head)]
    is_exact = size_bytes == end - start
    return MboxMessage(start, end, hasher.digest(), size_bytes, head, None, is_exact, is_doubtful)
