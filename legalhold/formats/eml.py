"""One message: its coverage dates, the exceptions it is marked with, and a name, from a bounded look at its bytes."""

import re
from dataclasses import dataclass

from legalhold.formats import exceptions
from legalhold.formats.charsets import is_known_charset
from legalhold.formats.coverage import Coverage, Span
from legalhold.formats.headers import (
    Header,
    cut_name,
    decode_text,
    has_fields,
    has_unknown_charset,
    header_of,
    unfold,
    with_newlines,
)
from legalhold.formats.mail_dates import parse_mail_date
from legalhold.formats.mime import MimePart, MimeScan, walk_mime

SCANNED_BYTES = 8 << 20
_FEW_PARTS = 64
_MAX_DATES = 200
_PGP = b"-----BEGIN PGP MESSAGE-----"
# one text in a charset that is known, not in base64: nothing in it can be marked, and most mail is such
_ORDINARY = re.compile(
    rb"[ \t]*(?:7bit|8bit|quoted-printable|text/(?:plain|html)(?:;\s*(?:charset=\"?(?:utf-8|us-ascii|iso-8859-1|windows-1252)\"?"
    rb"|format=\"?flowed\"?|delsp=\"?(?:yes|no)\"?))*)\s*\Z",
    re.IGNORECASE,
)
_FIELD = re.compile(
    rb"\n(date|received|resent-date|delivery-date|subject|content-type|content-transfer-encoding)[ \t]*:"
    rb"([^\n]*(?:\n[ \t][^\n]*)*)",
    re.IGNORECASE,  # and no MULTILINE: a literal first character makes it three times as fast
)
_NOT_IN_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))


@dataclass(frozen=True, slots=True)
class MailScan:
    """What a look at a message tells."""

    coverage: Coverage
    exceptions: tuple[str, ...]
    subject: str
    parts: tuple[MimePart, ...] | None = None  # None where the header tells that there is but one, of text

    @property
    def is_small(self) -> bool:
        """Whether it takes no more memory than a message that is carried along in memory."""
        return self.parts is None or len(self.parts) <= _FEW_PARTS

    def name(self) -> bytes:
        """Give a display name derived from the subject: UTF-8, at most 200 bytes, never empty."""
        return cut_name(self.subject) or b"message"


def scan_mail(data: bytes, *, is_whole: bool = True) -> MailScan:
    """Look at a message, or at its beginning if not `is_whole`; what can't be parsed is marked, never refused."""
    data = with_newlines(data[:SCANNED_BYTES])
    header = header_of(data)
    if not is_whole and header.body == len(data):  # the beginning that is here ends in the header
        header = header._replace(is_cut=True)
    span = Span()
    subject = b""
    is_dated = needs_walk = False
    for count, match in enumerate(_FIELD.finditer(b"\n" + data[: header.end])):
        field = match[1].lower()
        if field == b"subject":
            subject = subject or match[2]
        elif field.startswith(b"content-"):
            needs_walk = needs_walk or not _ORDINARY.match(match[2])
        elif count < _MAX_DATES:
            is_dated = _add_date(span, field, match[2]) or is_dated
        else:
            span.open()
    if not is_dated or header.is_cut:
        span.open()
    scan = walk_mime(data) if needs_walk else None
    marks = _exceptions(data, header, scan, is_whole=is_whole)
    return MailScan(span.coverage(), marks, decode_text(unfold(subject)), scan.parts if scan else None)


def _add_date(span: Span, field: bytes, value: bytes) -> bool:
    """Widen by one date field; tell whether it was the Date that says when the message was sent."""
    if field == b"received":
        _, semicolon, value = value.rpartition(b";")
        if not semicolon:
            return False
    date = parse_mail_date(value)
    if date is None:
        span.open()
        return False
    span.add(date.at if date.is_zone_known else date.wall, is_zone_known=date.is_zone_known)
    return field == b"date"


def _exceptions(data: bytes, header: Header, scan: MimeScan | None, *, is_whole: bool) -> tuple[str, ...]:
    if not data:
        return (exceptions.ZERO_BYTE,)
    found: set[str] = set()
    if not has_fields(data):
        found.add(exceptions.PARSE_ERROR)
    if header.is_cut:
        found.add(exceptions.TOO_LARGE)
    if data.find(b"=?", 0, header.end) >= 0 and has_unknown_charset(data[: header.end]):
        found.add(exceptions.UNKNOWN_CHARSET)
    if _PGP in data[header.end : header.end + 4096]:
        found.add(exceptions.ENCRYPTED)
    if scan:
        found.update(_marks_of(data, scan, is_whole=is_whole and len(data) < SCANNED_BYTES))
    return tuple(sorted(found))


def _marks_of(data: bytes, scan: MimeScan, *, is_whole: bool) -> set[str]:
    found: set[str] = set()
    if scan.is_too_deep:
        found.add(exceptions.TOO_DEEP)
    if scan.is_too_large:
        found.add(exceptions.TOO_LARGE)
    for part in scan.parts:
        if not all(is_known_charset(name[:64].decode("ascii", "replace")) for name in _charsets(part) if name) or any(
            has_unknown_charset(value) for value in (*part.parameters.values(), *part.disposition.values())
        ):
            found.add(exceptions.UNKNOWN_CHARSET)
        if _is_encrypted(part):
            found.add(exceptions.ENCRYPTED)
        if is_whole and _is_cut_base64(data, part):
            found.add(exceptions.TRUNCATED_BASE64)
    return found


def _charsets(part: MimePart) -> list[bytes]:
    """Give the charsets of a part's text, and of its name in its extended form (RFC 2231 §4)."""
    extended = [
        parameters.get(f"{name}{star}", b"").partition(b"'")
        for parameters, name in ((part.parameters, "name"), (part.disposition, "filename"))
        for star in ("*", "*0*")
    ]
    return [part.parameters.get("charset", b""), *(charset for charset, quote, _ in extended if quote)]


def _is_encrypted(part: MimePart) -> bool:
    if part.media_type in {"application/pkcs7-mime", "application/x-pkcs7-mime"}:
        smime_type = part.parameters.get("smime-type", b"enveloped-data").lower()
        return smime_type in {b"enveloped-data", b"authenveloped-data"}
    return part.media_type == "multipart/encrypted"


def _is_cut_base64(data: bytes, part: MimePart) -> bool:
    if part.encoding != "base64" or part.media_type.startswith(("multipart/", "message/")):
        return False
    digits = len(data[part.start : part.end].translate(None, _NOT_IN_BASE64))
    return not part.is_closed or digits % 4 != 0
