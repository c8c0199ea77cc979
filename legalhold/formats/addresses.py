"""Addresses as headers write them (RFC 5322 §3.4) and as broken senders do, read in one pass."""

import re
from functools import lru_cache
from typing import NamedTuple

from legalhold.formats.headers import decode_text

MAX_MAILBOXES = 10_000
MAX_LIST_BYTES = 1 << 20
_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"?|\(([^()]*)\)?|<([^<>]*)>?|([,;])|([^",;()<>]+)|[)>]', re.DOTALL)
_PLAIN = re.compile(rb'\s*+(?:(?:"([^"\\]*+)"\s*+|([^",;()<>\\:]*+))<([^<>]*+)>|([^\s",;()<>\\:]++))\s*+\Z')
_MAX_PLAIN_BYTES = 8 << 10
_REMEMBERED_BYTES = 256  # who writes and who is written to repeats in a mailbox
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)


class Mailbox(NamedTuple):
    """A person as a header or a card names them; either text may be empty."""

    name: str
    address: str


def parse_mailboxes(value: bytes) -> tuple[Mailbox, ...]:
    """Read an address list; never raises, keeps MAX_MAILBOXES at most."""
    return _read_plain(value) or _read_list(value)


def _read_plain(value: bytes) -> tuple[Mailbox, ...]:
    """Read a list of plain mailboxes; nothing unless all are: what is whole before a comma ends there."""
    if len(value) > _MAX_PLAIN_BYTES or value.count(b",") >= MAX_MAILBOXES:
        return ()
    found: tuple[Mailbox, ...] = ()
    for piece in value.split(b","):
        mailbox = _remembered_plain(piece) if len(piece) <= _REMEMBERED_BYTES else ()
        if not mailbox:
            return ()
        found += mailbox
    return found


@lru_cache(maxsize=4096)
def _remembered_plain(value: bytes) -> tuple[Mailbox, ...]:
    """Give the mailbox of `Name <address>`, `"Name" <address>` or an address alone; nothing where it is none of these."""
    plain = _PLAIN.match(value)
    if plain is None:
        return ()
    quoted, words, angle, bare = plain.groups()
    if bare is not None:
        mailbox = Mailbox("", _address(bare))
    else:
        mailbox = Mailbox(decode_text(b" ".join((quoted or words or b"").split())), _address(angle))
    return (mailbox,) if mailbox.name or mailbox.address else ()


def _read_list(value: bytes) -> tuple[Mailbox, ...]:
    found: list[Mailbox] = []
    reader = _One()
    for token in _TOKEN.finditer(value[:MAX_LIST_BYTES]):
        quoted, comment, angle, separator, word = token.groups()
        if separator is not None:
            reader.flush(found)
            if len(found) >= MAX_MAILBOXES:
                break
        elif quoted is not None:
            reader.words.append(_QUOTED_PAIR.sub(rb"\1", quoted))
        elif comment is not None:
            reader.comment = comment
        elif angle is not None:
            reader.angle = angle
        elif word is not None:
            # a group's name ends in a colon: what follows is its first member
            reader.words.append(word.rpartition(b":")[2] if b":" in word and b"[" not in word else word)
    reader.flush(found)
    return tuple(found[:MAX_MAILBOXES])


class _One:
    def __init__(self) -> None:
        self.words: list[bytes] = []
        self.comment = b""
        self.angle: bytes | None = None

    def flush(self, found: list[Mailbox]) -> None:
        """Note what was gathered as a mailbox, if anything, and begin anew."""
        text = b" ".join(b"".join(self.words).split()) if self.angle is None else b" ".join(self.words).strip()
        if self.angle is not None:
            mailbox = Mailbox(decode_text(text), _address(self.angle))
        elif b"@" in text or b" " not in text:
            mailbox = Mailbox(decode_text(self.comment), _address(text))
        else:
            mailbox = Mailbox(decode_text(text), "")
        if mailbox.name or mailbox.address:
            found.append(mailbox)
        self.__init__()  # type: ignore[misc]  # the same object again, empty


def _address(raw: bytes) -> str:
    return "".join(decode_text(raw).split())
