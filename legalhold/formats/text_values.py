"""Text in calendars and contacts made readable: escapes taken back, charsets guessed, controls made spaces."""

import re

from legalhold.formats.charsets import decode_bytes, decode_plain
from legalhold.formats.headers import MAX_FIELD_BYTES

_ESCAPE = re.compile(r"\\([nN\\,;:])")
_ESCAPED_SIGN = re.compile(rb"\\([\\,;:])")


def unescape_value(value: bytes) -> bytes:
    """Take back the escapes of a name that is compared, not read."""
    return _ESCAPED_SIGN.sub(rb"\1", value)


def decode_value(value: bytes, *, charset: str = "") -> str:
    """Decode one TEXT value (RFC 5545 §3.3.11, RFC 6350 §3.4). Never raises."""
    value = value[:MAX_FIELD_BYTES]
    text = decode_bytes(value, charset=charset) if charset else decode_plain(value)
    return " ".join(_ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], text).split())
