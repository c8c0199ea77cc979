"""The fields of a message's header that its facts come from.

A well-formed header is read in one pass; any other by the standard library's compat32 parser, whose newer policies can
hang. Both give the same.
"""

import re
from email.parser import BytesParser
from email.policy import compat32

_NAMES = ("from", "sender", "reply-to", "to", "cc", "bcc", "subject", "message-id", "in-reply-to", "date")
_FIELD = re.compile(rb"\n(%s):(.*)" % "|".join(_NAMES).encode(), re.IGNORECASE)
# a line that begins no field: the parser decides then where the header ends
_ODD_LINE = re.compile(rb"\n(?![!-9;-~]+:|\Z)")
_PARSER = BytesParser(policy=compat32)

Fields = dict[str, list[bytes]]


def read_fields(header: bytes) -> Fields:
    """Give the values, unfolded and stripped, in order, by the name in small letters. Never raises."""
    lines = b"\n" + header.replace(b"\r\n", b"\n").replace(b"\n ", b" ").replace(b"\n\t", b"\t")
    if b"\r" in lines or _ODD_LINE.search(lines):
        return parse_fields(header)
    found: Fields = {}
    for name, value in _FIELD.findall(lines):
        found.setdefault(name.lower().decode(), []).append(value.strip())
    return found


def parse_fields(header: bytes) -> Fields:
    """Do the same with a header of any form: slowly."""
    found: Fields = {}
    for key, value in _PARSER.parsebytes(header, headersonly=True).raw_items():
        name = key.lower()
        if name in _NAMES:
            text = str(value).replace("\r", "").replace("\n", "")
            found.setdefault(name, []).append(text.encode("utf-8", "surrogateescape").strip())
    return found
