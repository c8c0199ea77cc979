"""Reading a file exactly as the scan saw it: never through a symbolic link, never half, never silently changed."""

import errno
import io
import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, cast

from legalhold.connectors import items
from legalhold.connectors.items import ItemNotReadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

# O_NONBLOCK: a file replaced by a pipe must not block the capture for ever
_OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_BUFFER_BYTES = 256 << 10
_SMALL_BUFFER_BYTES = 8 << 10  # most files are messages of a few pages; a large buffer for each costs more than reading
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ENXIO}
_DENIED = {errno.EACCES, errno.EPERM}
_TRANSIENT = {errno.EAGAIN, errno.ESTALE, errno.ETIMEDOUT, errno.EINTR, errno.EBUSY, errno.EMFILE, errno.ENFILE}


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells one state of a file from another."""

    device: int
    inode: int
    size_bytes: int
    modified_ns: int


def stamp_of(status: os.stat_result) -> FileStamp:
    """Take the stamp of a file's status."""
    return FileStamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def reason_for(error: OSError) -> str:
    """Give the reason code for an operating system's refusal."""
    if error.errno in _GONE:
        return items.VANISHED
    if error.errno in _DENIED:
        return items.PERMISSION_DENIED
    if error.errno in _TRANSIENT:
        return items.TRANSIENT_SERVICE_ERROR
    return items.UNSUPPORTED_ARTIFACT if error.errno == errno.ELOOP else items.UNREADABLE


def open_file(path: bytes) -> io.BufferedReader:
    """Open a regular file for reading, following no symbolic link in its last place; raises OSError."""
    return io.BufferedReader(io.FileIO(path, opener=_open_descriptor), _BUFFER_BYTES)


def _open_descriptor(path: str, _flags: int) -> int:
    return os.open(path, _OPEN_FLAGS)


def open_stamped(path: bytes, stamp: FileStamp) -> BinaryIO:
    """Open a file that must be what the scan saw; raises ItemNotReadable."""
    try:
        stream = open_file(path)
    except OSError as error:
        raise ItemNotReadable(reason=reason_for(error), detail=str(error)) from error
    if stamp_of(os.fstat(stream.fileno())) != stamp:
        stream.close()
        raise _changed(path)
    return stream


def is_unchanged(path: bytes, stamp: FileStamp) -> bool:
    """Tell whether a file can still be opened and is what the scan saw."""
    try:
        open_stamped(path, stamp).close()
    except ItemNotReadable:
        return False
    return True


def open_whole(path: bytes, stamp: FileStamp) -> BinaryIO:
    """Open a stream of the whole file as the scan saw it; it and its reads raise ItemNotReadable."""
    return open_range(path, stamp, 0, stamp.size_bytes)


def open_range(path: bytes, stamp: FileStamp, start: int, end: int) -> BinaryIO:
    """Open a stream of a range of a file as the scan saw it; it and its reads raise ItemNotReadable."""
    buffer_bytes = min(_BUFFER_BYTES, max(_SMALL_BUFFER_BYTES, end - start + 1))
    return cast("BinaryIO", io.BufferedReader(_StampedStream(path, stamp, start, end), buffer_bytes))


def opener(path: bytes, stamp: FileStamp) -> "Callable[[], BinaryIO]":
    """Give what opens the whole file, fresh each time."""
    return partial(open_whole, path, stamp)


class _StampedStream(io.RawIOBase):
    """Gives exactly the bytes of a range, and at their end looks whether the file is still the same."""

    def __init__(self, path: bytes, stamp: FileStamp, start: int, end: int) -> None:
        super().__init__()
        self._source = open_stamped(path, stamp)
        self._path = path
        self._stamp = stamp
        self._left = end - start
        self._at = start

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)[: self._left]
        try:
            count = os.preadv(self._source.fileno(), [view], self._at) if self._left else 0
        except OSError as error:
            raise ItemNotReadable(reason=reason_for(error), detail=str(error)) from error
        self._left -= count
        self._at += count
        if count == 0 and (self._left or stamp_of(os.fstat(self._source.fileno())) != self._stamp):
            raise _changed(self._path)
        return count

    def close(self) -> None:
        if not self.closed and hasattr(self, "_source"):
            self._source.close()
        super().close()


def _changed(path: bytes) -> ItemNotReadable:
    where = os.fsdecode(path).encode("utf-8", "replace").decode()
    return ItemNotReadable(
        reason=items.TRANSIENT_SERVICE_ERROR, detail=f"{where} changed while it was read: capture it again"
    )
