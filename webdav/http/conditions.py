"""Conditional requests (RFC 9110 §13) on an immutable representation with a strong ETag."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Literal

_TAG = re.compile(r'(W/)?"([^"]*)"')

Verdict = Literal["proceed", "not modified", "failed"]


def http_date(at: datetime) -> str:
    """Return an aware UTC time as an HTTP date."""
    return format_datetime(at, usegmt=True)


def judge(headers: Mapping[str, str], *, etag: str, modified_at: datetime) -> Verdict:
    """Say whether to answer a GET or HEAD, in the order of RFC 9110 §13.2.2. ``etag`` is unquoted."""
    if "if-match" in headers:
        if not _names(headers["if-match"], etag=etag, weakly=False):
            return "failed"
    elif _is_modified_since(headers.get("if-unmodified-since"), modified_at=modified_at) is True:
        return "failed"
    if "if-none-match" in headers:
        return "not modified" if _names(headers["if-none-match"], etag=etag, weakly=True) else "proceed"
    if _is_modified_since(headers.get("if-modified-since"), modified_at=modified_at) is False:
        return "not modified"
    return "proceed"


def may_send_ranges(headers: Mapping[str, str], *, etag: str) -> bool:
    """Say whether If-Range lets ranges be sent. A date never does: two contents can bear the same one."""
    condition = headers.get("if-range")
    return condition is None or condition.strip() == f'"{etag}"'


def _names(header: str, *, etag: str, weakly: bool) -> bool:
    if header.strip() == "*":
        return True
    return any(tag == etag and (weakly or not weak) for weak, tag in _TAG.findall(header))


def _is_modified_since(header: str | None, *, modified_at: datetime) -> bool | None:
    """Say whether it is newer than the header's date; None when there is no date to compare."""
    try:
        date = parsedate_to_datetime(header or "")
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    since = date.replace(tzinfo=UTC) if date.tzinfo is None else date
    return modified_at.replace(microsecond=0) > since
