"""The fields of a message's header that its facts come from.

A well-formed header is read in one pass; any other by the standard library's compat32 parser, whose newer policies can
hang. Both give the same.
"""

import re
from email.parser import BytesParser
from email.policy import compat32

_NAMES = {
    name.encode(): name
    for name in ("from", "sender", "to", "cc", "bcc", "subject", "message-id", "in-reply-to", "date", "received")
}
# a line that begins no field: the parser decides then where the header ends
_ODD_LINE = re.compile(rb"\n(?![!-9;-~]+:|\Z)")
_PARSER = BytesParser(policy=compat32)

Fields = dict[str, list[bytes]]


def read_fields(header: bytes) -> Fields:
    """Give the values, unfolded and stripped, in order, by the name in small letters. Never raises."""
    lines = header.replace(b"\r\n", b"\n").replace(b"\n ", b" ").replace(b"\n\t", b"\t")
    if b"\r" in lines or _ODD_LINE.search(b"\n" + lines):
        return parse_fields(header)
    found: Fields = {}
    for line in lines.split(b"\n"):
        raw_name, _, value = line.partition(b":")
        name = _NAMES.get(raw_name.lower())
        if name is not None:
            found.setdefault(name, []).append(value.strip())
    return found


def parse_fields(header: bytes) -> Fields:
    """Do the same with a header of any form: slowly."""
    found: Fields = {}
    for key, value in _PARSER.parsebytes(header, headersonly=True).raw_items():
        name = _NAMES.get(key.lower().encode("utf-8", "surrogateescape"))
        if name is not None:
            text = str(value).replace("\r", "").replace("\n", "")
            found.setdefault(name, []).append(text.encode("utf-8", "surrogateescape").strip())
    return found
