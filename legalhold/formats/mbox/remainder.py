"""What of an mbox no message carries: text before the first From_ line, or after the last message."""

from typing import BinaryIO

from legalhold.formats.mbox.index import MboxIndex

_BLOCK_BYTES = 64 << 10


def has_preamble(*, source: BinaryIO, index: MboxIndex) -> bool:
    """Tell whether anything but white space stands before the first From_ line (or there is none at all)."""
    return _holds_text(source, index.begin, index.lines[0] if index.lines else index.size_bytes)


def has_postamble(*, source: BinaryIO, index: MboxIndex, end: int) -> bool:
    """Tell whether anything but white space stands after the last message, which ends at `end`."""
    return _holds_text(source, end, index.size_bytes)


def _holds_text(source: BinaryIO, at: int, end: int) -> bool:
    source.seek(at)
    while at < end:
        block = source.read(min(end - at, _BLOCK_BYTES))
        if not block or block.strip(b" \t\r\n\x00"):
            return bool(block)
        at += len(block)
    return False
