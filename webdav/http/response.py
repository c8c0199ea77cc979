"""A response as a value, and the pages that are the same for everyone."""

import html
from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from string import Template
from typing import NamedTuple

from webdav.http.request import ALLOWED_METHODS, Request

ALLOW = ", ".join(ALLOWED_METHODS)
STYLE_PATH = "/share.css"
TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "webdav"

# Evidence is never kept by a cache, framed, sniffed, or named to another site.
ALWAYS = (
    ("Cache-Control", "private, no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
PAGE_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

Headers = tuple[tuple[str, str], ...]


class Response(NamedTuple):
    """Status, headers and the blocks of the body."""

    status: int
    headers: Headers
    body: Iterable[bytes]


def status_line(status: int) -> str:
    """Return the status as WSGI wants it, such as ``404 Not Found``."""
    return f"{status} {HTTPStatus(status).phrase}"


def respond(
    request: Request, *, status: int, media_type: str, blocks: tuple[bytes, ...], headers: Headers = ()
) -> Response:
    """Return a response whose whole body is at hand; HEAD gets the headers alone."""
    size = sum(map(len, blocks))
    own = (("Content-Type", media_type), ("Content-Length", str(size)))
    return Response(status, (*own, *ALWAYS, *headers), () if request.method == "HEAD" else blocks)


def page(request: Request, *, status: int, text: str, headers: Headers = ()) -> Response:
    """Return a small page that says what happened and what to do."""
    filled = fill("message.html", {"title": html.escape(HTTPStatus(status).phrase), "text": html.escape(text)})
    policy = ("Content-Security-Policy", PAGE_POLICY)
    return respond(
        request, status=status, media_type="text/html; charset=utf-8", blocks=(filled,), headers=(policy, *headers)
    )


def missing(request: Request) -> Response:
    """Return the 404 that is the same for everything that isn't there."""
    return page(request, status=404, text="There is nothing at this address.")


def closing(response: Response) -> Response:
    """Return the response with the wish that the connection ends: its request's body stays unread."""
    return response._replace(headers=(*response.headers, ("Connection", "close")))


def fill(name: str, values: Mapping[str, str]) -> bytes:
    """Return a template's bytes; the values are escaped by the caller."""
    return _template(name).substitute(values, style=STYLE_PATH).encode()


def style_sheet() -> bytes:
    """Return the style sheet of all pages."""
    return _bytes("share.css")


@cache
def _template(name: str) -> Template:
    return Template(_bytes(name).decode())


@cache
def _bytes(name: str) -> bytes:
    return (TEMPLATES / name).read_bytes()
