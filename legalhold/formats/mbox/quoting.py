"""Taking back what an mbox writer did to lines that begin with "From "."""

import io
import re
from typing import TYPE_CHECKING, BinaryIO

from legalhold.formats.mbox.index import MboxVariant

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_RD = re.compile(rb"^>(>*From )", re.MULTILINE)
_O = re.compile(rb"^>(From )", re.MULTILINE)
BLOCK_BYTES = 1 << 20


class SourceShrank(OSError):
    """A file ended before the place where an item of it was seen: another process cut or rewrote it."""


def read_piece(source: BinaryIO, size_bytes: int) -> bytes:
    """Read exactly so many bytes, or raise SourceShrank."""
    piece = source.read(size_bytes)
    if len(piece) < size_bytes:
        raise SourceShrank("the file ended before an item in it; it was changed while it was read: capture it again")
    return piece


def unquote(data: bytes, *, variant: MboxVariant) -> bytes:
    """Give a message's bytes as they were before its writer quoted them; the same object if nothing was quoted."""
    if variant is MboxVariant.MBOXCL2 or b">From " not in data:
        return data
    return (_O if variant is MboxVariant.MBOXO else _RD).sub(rb"\1", data)


class UnquotedSlice(io.RawIOBase):
    """The next bytes of a source, a message too large for memory, un-quoted while they are read.

    Raises SourceShrank when the source ends too early. Closing it closes its source if `owns_source`.
    """

    def __init__(self, *, source: BinaryIO, size_bytes: int, variant: MboxVariant, owns_source: bool = False) -> None:
        super().__init__()
        self._source = source
        self._owns_source = owns_source
        self._left = size_bytes
        self._variant = variant
        self._ready = b""
        self._carry = b""
        self._is_in_line = False

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer with un-quoted bytes."""
        view = memoryview(buffer)
        while not self._ready and (self._left or self._carry):
            self._ready = self._next()
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def close(self) -> None:
        """Close the source too, if it is owned."""
        if self._owns_source:
            self._source.close()
        super().close()

    def _next(self) -> bytes:
        block = read_piece(self._source, min(BLOCK_BYTES, self._left))
        self._left -= len(block)
        window = self._carry + block
        end = window.rfind(b"\n") + 1
        if not self._left or len(window) - end > BLOCK_BYTES:
            end = len(window)
        self._carry = window[end:]
        return self._unquote_lines(window[:end])

    def _unquote_lines(self, lines: bytes) -> bytes:
        if not lines:  # all of it is carried on: still inside the same line, if it was inside one
            return lines
        # load-bearing: a line longer than a block goes on here, and its middle isn't the start of a line
        head = lines.find(b"\n") + 1 or len(lines) if self._is_in_line else 0
        self._is_in_line = not lines.endswith(b"\n")
        return lines[:head] + unquote(lines[head:], variant=self._variant)
