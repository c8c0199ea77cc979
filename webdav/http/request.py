"""A request as a value, read from a WSGI environ.

Refuses what can't be read; decides nothing about who may read what.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO
from urllib.parse import quote

from webdav.http.origin import read_origin
from webdav.http.paths import PathUnreadable, decode_target
from webdav.settings import DavSettings

ALLOWED_METHODS = ("OPTIONS", "GET", "HEAD", "PROPFIND")
MAX_LENGTH_DIGITS = 18  # beyond them reading the number itself becomes work


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose target is decoded and whose body, if any is wanted, is read."""

    method: str
    path: tuple[str, ...]
    query: str
    headers: Mapping[str, str]
    body: bytes
    client: str
    is_secure: bool


class RequestUnreadable(Exception):
    """A request's target or body can't be read, or isn't; ``status`` says why, ``request`` is what could be read."""

    def __init__(self, text: str, *, status: int, request: Request) -> None:
        super().__init__(text)
        self.status = status
        self.request = request


def read_request(environ: Mapping[str, Any], *, settings: DavSettings) -> Request:
    """Return the request, with its body if its method is one that is answered. Raise RequestUnreadable."""
    headers = _headers(environ)
    origin = read_origin(
        peer=environ.get("REMOTE_ADDR", ""),
        scheme=environ["wsgi.url_scheme"],
        headers=headers,
        trusted_proxies=settings.trusted_proxies,
    )
    bare = Request(environ["REQUEST_METHOD"], (), "", headers, b"", origin.client, origin.is_secure)
    try:
        path, query = decode_target(_target(environ))
    except PathUnreadable as error:
        raise RequestUnreadable(str(error), status=400, request=bare) from None
    request = replace(bare, path=path, query=query)
    if request.method not in ALLOWED_METHODS:
        return request
    return replace(request, body=_body(environ["wsgi.input"], request=request, limit=settings.body_bytes))


def has_body(headers: Mapping[str, str]) -> bool:
    """Say whether a body follows the request's head (RFC 9112 §6.3)."""
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    if environ.get("CONTENT_LENGTH"):
        headers["content-length"] = environ["CONTENT_LENGTH"]
    return headers


def _body(stream: BinaryIO, *, request: Request, limit: int) -> bytes:
    if "transfer-encoding" in request.headers:
        raise RequestUnreadable("Send a Content-Length: chunked requests aren't read.", status=411, request=request)
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise RequestUnreadable("The Content-Length isn't a number.", status=400, request=request)
    if len(length) > MAX_LENGTH_DIGITS or int(length) > limit:
        raise RequestUnreadable(f"A request's body has at most {limit} bytes.", status=413, request=request)
    body = stream.read(int(length))
    if len(body) != int(length):
        raise RequestUnreadable("The request's body ended early.", status=400, request=request)
    return body


def _target(environ: Mapping[str, Any]) -> str:
    # PATH_INFO has lost the difference between %2F and %252F; the raw target still has it.
    raw = environ.get("REQUEST_URI")
    if raw is not None:
        return str(raw)
    path = quote(environ.get("PATH_INFO", "").encode("latin-1"), safe="/*")
    query = environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path
