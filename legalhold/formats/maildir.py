"""How Maildir names its messages and folders (D. J. Bernstein's maildir(5), Courier's Maildir++)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

SUBFOLDERS = (b"new", b"cur")
UNFINISHED = b"tmp"
_INFO = (b":2,", b";2,", b"!2,")  # the last two where a colon can't be in a name

_SECONDS = re.compile(rb"(\d{8,10})\.")


@dataclass(frozen=True, slots=True)
class MaildirName:
    """A message's file name: `key` stays while its flags change; `info` is the rest, `:2,` and its flags, if any."""

    key: bytes
    info: bytes

    @property
    def delivered_at(self) -> datetime | None:
        """When the message was delivered, as its name begins (maildir(5): seconds since 1970 and a dot), if it does."""
        seconds = _SECONDS.match(self.key)
        return datetime.fromtimestamp(int(seconds[1]), tz=UTC) if seconds else None


def parse_name(name: bytes) -> MaildirName:
    """Split a file name into what identifies the message and its flags."""
    for begin in _INFO:
        key, found, flags = name.rpartition(begin)
        if found:
            return MaildirName(key, found + flags)
    return MaildirName(name, b"")


def folder_of(name: bytes) -> tuple[bytes, ...] | None:
    """Give the folder path that a Maildir++ directory name (`.Lists.samba`) stands for; None if it is no folder."""
    parts = tuple(name[1:].split(b"."))
    return parts if name.startswith(b".") and all(parts) else None
