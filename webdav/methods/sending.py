"""Hands content to the network: recorded before its first byte, stopped when its share ends."""

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from webdav.http.ranges import ByteRange
from webdav.http.request import Request
from webdav.methods.context import Context

BLOCK_BYTES = 256 * 1024

Opener = Callable[[ByteRange], Iterator[bytes]]


class DownloadStopped(ConnectionAbortedError):
    """The share ended during a download: the connection is dropped, since its headers promised more bytes."""

    def __init__(self) -> None:
        # load-bearing: the server resets a connection that was aborted by this errno, and logs no error.
        super().__init__(errno.ECONNABORTED, "the share ended during the download")


class ContentShort(Exception):
    """A tree gave fewer or more bytes of a file than its size says."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What the record of a read says."""

    request: Request
    context: Context
    path: tuple[str, ...]
    digest: str


def send_range(*, recording: Recording, wanted: ByteRange, opener: Opener) -> Iterator[bytes]:
    """Record the read of one range, and return its bytes. Raise ReadNotRecorded now, before anything is promised.

    The iterator raises DownloadStopped when the share ends, ContentShort when bytes lack.
    """
    context, request = recording.context, recording.request
    token = context.directory.begin_read(
        share=context.granted.share,
        path=recording.path,
        digest=recording.digest,
        start=wanted.start,
        stop=wanted.stop,
        method=request.method,
        client=request.client,
        at=context.clock(),
    )
    return _recorded(recording, token, wanted, opener)


def _recorded(recording: Recording, token: object, wanted: ByteRange, opener: Opener) -> Iterator[bytes]:
    context, sent = recording.context, 0
    try:
        for block in _small_blocks(opener(wanted)):
            if not context.directory.is_live(share=context.granted.share, at=context.clock()):
                raise DownloadStopped
            yield block
            sent += len(block)  # only after the yield: by now the server has handed it on
        if sent != wanted.length:
            raise ContentShort(f"{'/'.join(recording.path)}: {sent} bytes came of {wanted.length}")
    finally:
        context.directory.end_read(token, sent_bytes=sent)


def _small_blocks(blocks: Iterator[bytes]) -> Iterator[bytes]:
    for block in blocks:
        for start in range(0, len(block), BLOCK_BYTES):
            yield block[start : start + BLOCK_BYTES]
