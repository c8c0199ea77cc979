"""Reads the head of an HTTP/1 request (RFC 9112), strictly: what two readers could read differently is refused."""

import re
from dataclasses import dataclass

MAX_FIELDS = 100
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") ([!-~]+) HTTP/1\.([01])")
_VERSION = re.compile(rb".* HTTP/[0-9](\.[0-9])?")
_FIELD = re.compile(rb"(" + _TOKEN + rb"):([\t\x20-\x7e\x80-\xff]*)")
_ABSOLUTE = re.compile(rb"[Hh][Tt][Tt][Pp][Ss]?://[^/?#]*")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")

# Fields that have one value: a second one is an attempt to be understood in two ways.
_SINGLE = frozenset(
    {b"Host", b"Content-Length", b"Transfer-Encoding", b"Authorization", b"Content-Type", b"Depth", b"Range",
     b"If-Range", b"Expect", b"X-Forwarded-Proto"}
)  # fmt: skip


class HeadRefused(Exception):
    """A request's head isn't one; carries the HTTP status line's code and phrase."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Head:
    """What a request says before its body. Field names are in Title-Case; ``minor`` is that of HTTP/1.x."""

    method: bytes
    target: bytes
    minor: int
    fields: dict[bytes, bytes]
    body_bytes: int
    is_chunked: bool

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits for a 100 before it sends the body."""
        return self.minor == 1 and self.fields.get(b"Expect", b"").lower() == b"100-continue"

    @property
    def is_last(self) -> bool:
        """Whether the client wants the connection to end after the answer."""
        options = {option.strip().lower() for option in self.fields.get(b"Connection", b"").split(b",")}
        return b"close" in options or (self.minor == 0 and b"keep-alive" not in options)


def has_bare_line_feed(raw: bytes) -> bool:
    """Say whether a line ends without CR: such a head might never end for us, but has ended for its sender."""
    return _BARE_LINE_FEED.search(raw) is not None


def read_head(raw: bytes) -> Head:
    """Return the head that ``raw`` is, without its last empty line. Raise HeadRefused."""
    first, *lines = raw.split(b"\r\n")
    line = _REQUEST_LINE.fullmatch(first)
    if line is None:
        is_other = _VERSION.fullmatch(first) is not None and not first.endswith((b" HTTP/1.1", b" HTTP/1.0"))
        raise (
            _refused("The HTTP version isn't 1.0 or 1.1.", "505 HTTP Version Not Supported")
            if is_other
            else (_refused("The request line isn't one."))
        )
    fields = _read_fields(lines)
    minor = int(line[3])
    if minor == 1 and not fields.get(b"Host"):
        raise _refused("A Host field is missing.")
    is_chunked = _is_chunked(fields, minor=minor)
    return Head(line[1], _read_target(line[2]), minor, fields, _read_length(fields), is_chunked)


def _read_target(target: bytes) -> bytes:
    absolute = _ABSOLUTE.match(target)
    path = (target[absolute.end() :] or b"/") if absolute else target
    if b"#" in path or not (path.startswith(b"/") or path == b"*"):
        raise _refused("The request's target isn't a path.")
    return path


def _read_fields(lines: list[bytes]) -> dict[bytes, bytes]:
    if len(lines) > MAX_FIELDS:
        raise _refused("The request has too many fields.", "431 Request Header Fields Too Large")
    fields: dict[bytes, bytes] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            raise _refused("A field of the request isn't one.")
        name = field[1].title()
        if b"_" in name:
            continue  # load-bearing: WSGI can't tell X_Forwarded_For, which a proxy passes on, from X-Forwarded-For
        if name in fields and name in _SINGLE:
            raise _refused(f"The field {name.decode()} is there twice.")
        value = field[2].strip(b" \t")
        fields[name] = fields[name] + b", " + value if name in fields else value
    return fields


def _is_chunked(fields: dict[bytes, bytes], *, minor: int) -> bool:
    coding = fields.get(b"Transfer-Encoding")
    if coding is None:
        return False
    if minor == 0 or b"Content-Length" in fields:
        raise _refused("The request says in two ways where it ends.")
    if coding.lower() != b"chunked":
        raise _refused("The transfer coding isn't known.", "501 Not Implemented")
    return True


def _read_length(fields: dict[bytes, bytes]) -> int:
    length = fields.get(b"Content-Length", b"0")
    if not _LENGTH.fullmatch(length):
        raise _refused("The Content-Length isn't a number.")
    return int(length)


def _refused(text: str, status: str = "400 Bad Request") -> HeadRefused:
    return HeadRefused(status, text)
