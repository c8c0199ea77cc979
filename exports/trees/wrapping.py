"""Calendar objects as they are shown: exactly as captured, or their lines in a wrapper where they were captured with others."""

from __future__ import annotations

from legalhold.formats.ics import wrap_event


def as_shown(*, content: bytes) -> bytes:
    """Return the bytes that a calendar object is shown as; the same each time."""
    return wrap_event(content=content) if needs_wrapper(content=content) else content


def needs_wrapper(*, content: bytes) -> bool:
    """Whether these are the lines of components that were captured out of a file with others."""
    head = content[:64].lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"").lstrip().upper()
    return head.startswith(b"BEGIN:V") and not head.startswith(b"BEGIN:VCALENDAR")
