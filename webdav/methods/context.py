"""What a handler needs besides the request: the share that was opened, the clock, the record of reads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from exports.trees.node import Tree
from webdav.directory import Granted, ShareDirectory

Clock = Callable[[], datetime]


class ZipBody(Protocol):
    """A share as one ZIP file whose size is known before it is written; the same bytes each time."""

    file_name: str
    size_bytes: int
    etag: str
    modified_at: datetime

    def open(self, *, start: int, stop: int) -> Iterator[bytes]:
        """Yield the file's bytes from ``start`` up to but without ``stop``."""


ZipStream = Callable[[Tree], ZipBody]


@dataclass(frozen=True, slots=True)
class Context:
    """The share a request opened and what answering it takes; ``zip_stream`` is None where no ZIP is offered."""

    granted: Granted
    directory: ShareDirectory
    clock: Clock
    zip_stream: ZipStream | None = None
