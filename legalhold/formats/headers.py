"""Header fields of messages, as bytes: where the header ends, what a field says, encoded words made readable.

Tolerant and linear in its input; every length is capped. Standards: RFC 5322, RFC 2047, and what is really sent.
"""

import base64
import quopri
import re
from typing import NamedTuple

from legalhold.formats.charsets import decode_bytes, decode_plain, is_known_charset

MAX_HEADER_BYTES = 1 << 20  # a list of some 20,000 recipients
_USUAL_HEADER_BYTES = 16 << 10
MAX_FIELD_BYTES = 64 << 10
MAX_NAME_BYTES = 200
_FIELD_START = re.compile(rb"(?:\xef\xbb\xbf)?(?:>?From [^\n]*\n)?[!-9;-~]{1,128}[ \t]*:")
_NEXT_FIELD = re.compile(rb"\n(?=[!-9;-~]{1,128}[ \t]*:)")
_SEPARATOR = re.compile(rb'"[^"]*(?:"|\Z)|,')
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_ENCODED_WORD = re.compile(rb"=\?([^?\s]{1,64})\?([bBqQ])\?([^?]*)\?=(?:[ \t\r\n]+(?==\?[^?\s]{1,64}\?[bBqQ]\?))?")
_WORD_CHARSET = re.compile(rb"=\?([^?\s]{1,64})\?[bBqQ]\?")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_KNOWN_FIELD = re.compile(
    rb"^(?:received|from|to|date|subject|message-id|return-path|mime-version|content-type|delivered-to|sender|cc|reply-to"
    rb"|content-transfer-encoding)[ \t]*:",
    re.MULTILINE | re.IGNORECASE,
)


class Header(NamedTuple):
    """Where a header's last field ends and where the body begins.

    One that goes on beyond what is looked at `is_cut`: it ends where its last whole address or field does.
    """

    end: int
    body: int
    is_cut: bool = False


def header_of(data: bytes, *, start: int = 0, end: int | None = None) -> Header:
    """Find the header that begins at `start`, looking at MAX_HEADER_BYTES at most."""
    end = len(data) if end is None else end
    limit = min(end, start + MAX_HEADER_BYTES)
    for newline in (b"\n", b"\r\n"):
        if data.startswith(newline, start, limit):
            return Header(start, start + len(newline))
    # a body can be long and hold no gap of the other newline: most headers end where is looked first
    gap, body = _gap(data, start, min(limit, start + _USUAL_HEADER_BYTES))
    if gap < 0:
        gap, body = _gap(data, start, limit)
    if gap < 0:
        return Header(_whole_end(data, start, limit), limit, is_cut=True) if limit < end else Header(limit, limit)
    return Header(gap - data.startswith(b"\r", gap - 1, limit), body)


def _gap(data: bytes, start: int, limit: int) -> tuple[int, int]:
    """Give where the first empty line begins and what is behind it; -1 where there is none."""
    gap = data.find(b"\n\n", start, limit)
    with_cr = data.find(b"\n\r\n", start, limit if gap < 0 else gap)
    return (gap, gap + 2) if with_cr < 0 else (with_cr, with_cr + 3)


def _whole_end(data: bytes, start: int, limit: int) -> int:
    """Give where the last field of a cut header ends, in it the last comma outside of quotes; half an address is none."""
    field_start = start + max((match.start() for match in _NEXT_FIELD.finditer(data[start:limit])), default=0)
    commas = [match.end() for match in _SEPARATOR.finditer(data[field_start:limit]) if match[0] == b","]
    return field_start + (commas[-1] - 1 if commas else 0)


def has_fields(data: bytes) -> bool:
    """Tell whether this begins with a header field (a From_ line or byte order mark before it is let pass)."""
    return _FIELD_START.match(data) is not None


def looks_like_message(head: bytes) -> bool:
    """Tell whether this begins like a message: a header in which a field that messages have is found."""
    head = with_newlines(head)
    return has_fields(head) and _KNOWN_FIELD.search(head, 0, header_of(head).end) is not None


def with_newlines(data: bytes) -> bytes:
    """Give lines that end in a lone CR an end that the patterns here know; offsets stay."""
    return data if b"\n" in data else data.replace(b"\r", b"\n")


def unfold(value: bytes) -> bytes:
    """Join a folded field's lines (RFC 5322 §2.2.3)."""
    return _FOLD.sub(b"", value).strip()


def decode_text(value: bytes) -> str:
    """Make a field readable: encoded words decoded, raw 8-bit text guessed, controls made spaces. Never raises."""
    value = value[:MAX_FIELD_BYTES]
    if b"=?" not in value:
        return _tidy(decode_plain(value))
    pieces: list[str] = []
    at = 0
    pending: tuple[str, bytes] | None = None
    for word in _ENCODED_WORD.finditer(value):
        if word.start() > at:
            _flush(pieces, pending)
            pending = None
            pieces.append(decode_plain(value[at : word.start()]))
        charset = _charset_of(word[1])
        raw = _decode_word(word[2], word[3])
        if pending and pending[0] == charset:  # a character may be cut in two words
            pending = charset, pending[1] + raw
        else:
            _flush(pieces, pending)
            pending = charset, raw
        at = word.end()
    _flush(pieces, pending)
    return _tidy("".join([*pieces, decode_plain(value[at:])]))


def cut_name(text: str) -> bytes:
    """Give a display name as UTF-8, at most MAX_NAME_BYTES long, cut between characters."""
    return text.encode("utf-8", "replace")[:MAX_NAME_BYTES].decode("utf-8", "ignore").encode()


def has_unknown_charset(value: bytes) -> bool:
    """Tell whether a word is encoded in a charset that isn't known: what `decode_text` gives of it is a guess."""
    return b"=?" in value and not all(
        map(is_known_charset, {_charset_of(word) for word in _WORD_CHARSET.findall(value)})
    )


def _charset_of(word: bytes) -> str:
    """Give an encoded word's charset, without its language (RFC 2231 §5)."""
    return word.decode("ascii", "replace").partition("*")[0].lower()


def _flush(pieces: list[str], pending: tuple[str, bytes] | None) -> None:
    if pending is not None:
        pieces.append(decode_bytes(pending[1], charset=pending[0]))


def _decode_word(encoding: bytes, text: bytes) -> bytes:
    if encoding in b"qQ":
        return quopri.decodestring(text, header=True)
    text = _NOT_BASE64.sub(b"", text)
    return base64.b64decode(text[: len(text) - (len(text) % 4 == 1)] + b"==")


def _tidy(text: str) -> str:
    if text.isprintable():
        return text.strip()
    return _CONTROLS.sub(" ", text).strip()
