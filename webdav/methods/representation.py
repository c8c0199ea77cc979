"""Sends one representation, a file or the ZIP of a share: conditions, ranges, headers."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from webdav.directory import ReadNotRecorded
from webdav.http.conditions import http_date, judge, may_send_ranges
from webdav.http.ranges import ByteRange, RangeUnsatisfiable, read_ranges
from webdav.http.request import Request
from webdav.http.response import ALWAYS, Headers, Response, page
from webdav.methods.context import Context
from webdav.methods.sending import Opener, Recording, send_range

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(; ?charset=[A-Za-z0-9_-]+)?")
_UNPRINTED = re.compile(r"[^ !#-\[\]-~]|%")

RETRY_SECONDS = 60

# What a browser is given never runs, wherever it came from.
FILE_POLICY = "sandbox; default-src 'none'"


@dataclass(frozen=True, slots=True)
class Representation:
    """Bytes that can be sent. ``digest`` is their SHA-256 in hex, empty where it isn't known beforehand."""

    path: tuple[str, ...]
    file_name: str
    media_type: str
    size_bytes: int
    etag: str
    modified_at: datetime
    opener: Opener
    digest: str = ""


def send(request: Request, *, context: Context, shown: Representation) -> Response:
    """Answer a GET or HEAD of a representation (RFC 9110 §13 and §14)."""
    verdict = judge(request.headers, etag=shown.etag, modified_at=shown.modified_at)
    if verdict == "failed":
        return page(request, status=412, text="The file isn't the one this request is about.")
    if verdict == "not modified":
        return Response(304, (("Content-Length", str(shown.size_bytes)), *_headers(shown)), ())
    try:
        ranges = _ranges(request, shown)
    except RangeUnsatisfiable:
        headers = (("Content-Range", f"bytes */{shown.size_bytes}"),)
        return page(request, status=416, text=f"The file has {shown.size_bytes} bytes.", headers=headers)
    recording = Recording(request=request, context=context, path=shown.path, digest=shown.digest or shown.etag)
    try:
        return _several(recording, shown, ranges) if len(ranges) > 1 else _single(recording, shown, ranges)
    except ReadNotRecorded as error:
        headers = (("Retry-After", str(RETRY_SECONDS)),)
        return page(request, status=503, text=str(error.strerror), headers=headers)


def _ranges(request: Request, shown: Representation) -> tuple[ByteRange, ...]:
    # Range means nothing for HEAD (RFC 9110 §14.2): HEAD tells what a plain GET would.
    header = request.headers.get("range")
    if header is None or request.method == "HEAD" or not may_send_ranges(request.headers, etag=shown.etag):
        return ()
    return read_ranges(header, size=shown.size_bytes)


def _single(recording: Recording, shown: Representation, ranges: tuple[ByteRange, ...]) -> Response:
    wanted = ranges[0] if ranges else ByteRange(0, shown.size_bytes)
    headers = (("Content-Type", _media_type(shown)), ("Content-Length", str(wanted.length)), *_headers(shown))
    if ranges:
        headers = (*headers, ("Content-Range", _content_range(wanted, shown)))
    if recording.request.method == "HEAD":
        return Response(200, headers, ())
    return Response(
        206 if ranges else 200, headers, send_range(recording=recording, wanted=wanted, opener=shown.opener)
    )


def _several(recording: Recording, shown: Representation, ranges: tuple[ByteRange, ...]) -> Response:
    # No content can hold this boundary: it would have to know its own SHA-256.
    boundary = f"part-{shown.etag}"
    heads = tuple(
        f"\r\n--{boundary}\r\nContent-Type: {_media_type(shown)}\r\n"
        f"Content-Range: {_content_range(wanted, shown)}\r\n\r\n".encode()
        for wanted in ranges
    )
    end = f"\r\n--{boundary}--\r\n".encode()
    size = sum(map(len, heads)) + sum(wanted.length for wanted in ranges) + len(end)
    headers = (("Content-Type", f"multipart/byteranges; boundary={boundary}"), ("Content-Length", str(size)))

    begun = send_range(recording=recording, wanted=ranges[0], opener=shown.opener)

    def body() -> Iterator[bytes]:
        yield heads[0]
        yield from begun
        for head, wanted in zip(heads[1:], ranges[1:], strict=True):
            yield head
            yield from send_range(recording=recording, wanted=wanted, opener=shown.opener)
        yield end

    return Response(206, (*headers, *_headers(shown)), body())


def _headers(shown: Representation) -> Headers:
    headers = (
        ("ETag", f'"{shown.etag}"'),
        ("Last-Modified", http_date(shown.modified_at)),
        ("Accept-Ranges", "bytes"),
        ("Content-Disposition", _disposition(shown.file_name)),
        ("Content-Security-Policy", FILE_POLICY),
        *ALWAYS,
    )
    if not shown.digest:
        return headers
    encoded = base64.b64encode(bytes.fromhex(shown.digest)).decode()
    return (*headers, ("Repr-Digest", f"sha-256=:{encoded}:"))  # RFC 9530


def _disposition(file_name: str) -> str:
    # RFC 6266 §4.3 and appendix D: old readers take the first name, all others the second.
    return f"attachment; filename=\"{_UNPRINTED.sub('_', file_name)}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def _media_type(shown: Representation) -> str:
    return shown.media_type if _MEDIA_TYPE.fullmatch(shown.media_type) else "application/octet-stream"


def _content_range(wanted: ByteRange, shown: Representation) -> str:
    return f"bytes {wanted.start}-{wanted.stop - 1}/{shown.size_bytes}"
