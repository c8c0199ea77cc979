"""The seam between WebDAV and the shares: what the delivery side asks about a share.

The database side implements it; nothing here knows tables, HTTP or the archive.
"""

import errno
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from exports.trees.node import Tree


@dataclass(frozen=True, slots=True)
class Granted:
    """A live share, as its credentials open it."""

    share: str
    label: str
    ends_text: str
    tree: Tree


@dataclass(frozen=True, slots=True)
class Ended:
    """The credentials were right, but the share has ended; the message is shown to the reader."""

    message: str


class ReadNotRecorded(ConnectionAbortedError):
    """A read can't be recorded now, so nothing of it is sent; the text is shown to the reader."""

    def __init__(
        self, text: str = "This read can't be recorded now, so nothing is sent. Try again in a minute."
    ) -> None:
        # load-bearing: a connection that this ends after its headers were sent is reset, without an error in the log.
        super().__init__(errno.ECONNABORTED, text)


class ShareDirectory(Protocol):
    """Who may read what, until when, and the record of what was read."""

    def authenticate(self, *, user: str, secret: str, at: datetime, client: str) -> Granted | Ended | None:
        """Return the share these credentials open, that it ended, or None for any wrong credentials."""

    def sign_ins_refused(self, *, client: str, failures: int, at: datetime) -> None:
        """Record that an address is throttled after so many wrong credentials; called once a window."""

    def is_live(self, *, share: str, at: datetime) -> bool:
        """Say whether the share may be read now. Cheap: asked per request and between blocks of a download."""

    def begin_read(
        self,
        *,
        share: str,
        path: tuple[str, ...],
        digest: str,
        start: int,
        stop: int,
        method: str,
        client: str,
        at: datetime,
    ) -> object:
        """Record that bytes ``start`` to ``stop`` of a path are about to be sent and return a token.

        It returns once the record is committed. ``digest`` is the content's SHA-256 in hex, or the ZIP's
        ETag where the path is empty. Raises ``ReadNotRecorded``.
        """

    def end_read(self, token: object, *, sent_bytes: int) -> None:
        """Fill in how many bytes were handed to the network."""
