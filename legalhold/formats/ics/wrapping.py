"""A calendar object made openable on its own: its captured lines in a VCALENDAR, marked as wrapped."""

_HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Legalhold//wrapped//EN\r\nX-LEGALHOLD-WRAPPED:TRUE\r\n"
_TAIL = b"END:VCALENDAR\r\n"


def wrap_event(*, content: bytes) -> bytes:
    """Give the viewing form of an object captured with others: its bytes, unchanged, between wrapper lines.

    UTF-16 lines are wrapped in UTF-16 of the same order, with its byte order mark.
    """
    for encoding, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        if content.startswith("BEGIN".encode(encoding)):
            head, tail, newline = (text.decode().encode(encoding) for text in (_HEAD, _TAIL, b"\r\n"))
            return mark + head + content + (b"" if content.endswith("\n".encode(encoding)) else newline) + tail
    return _HEAD + content + (b"" if content.endswith((b"\n", b"\r")) else b"\r\n") + _TAIL
