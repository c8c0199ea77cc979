"""PROPFIND: the properties of a node, and of a folder's nodes one level down (RFC 4918 §9.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from exports.trees.node import Node
from webdav.http.paths import encode_path
from webdav.http.request import Request
from webdav.http.response import Response, missing, page, respond
from webdav.methods.context import Context
from webdav.methods.folder import SHARE_ROOT
from webdav.methods.options import DAV_HEADERS
from webdav.methods.properties import render
from webdav.methods.propfind_body import Asked, PropfindUnreadable, read_propfind

XML = "application/xml; charset=utf-8"
NODES_PER_BLOCK = 500  # about 256 KiB
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
# A tree can hold a million files, and what a client may hold is unknown: it walks (RFC 4918 §9.1).
_INFINITY_REFUSED = f'{_HEAD}<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>'.encode()

Entry = tuple[str, Node]  # a node and the path it is shown at, encoded


def propfind(request: Request, *, context: Context, path: tuple[str, ...]) -> Response:
    """Answer a PROPFIND of a path below the share's root."""
    node = context.granted.tree.lookup(path)
    if node is None:
        return missing(request)
    children = context.granted.tree.children(node) if node.is_folder else ()
    return _answer(request, _shown(node), [_shown(child) for child in children])


def propfind_above(request: Request, *, context: Context) -> Response:
    """Answer a PROPFIND of "/": a folder that holds only the share's root, for clients that walk up (gvfs)."""
    root = context.granted.tree.lookup(())
    if root is None:
        return missing(request)
    return _answer(request, ("/", root), [(_shown(root)[0], replace(root, path=SHARE_ROOT))])


def _shown(node: Node) -> Entry:
    return encode_path((*SHARE_ROOT, *node.path), is_folder=node.is_folder), node


def _answer(request: Request, own: Entry, below: Sequence[Entry]) -> Response:
    depth = request.headers.get("depth", "1").strip().lower()  # none: taken as 1, as webdav4 means it
    if depth == "infinity":
        return respond(request, status=403, media_type=XML, blocks=(_INFINITY_REFUSED,))
    if depth not in {"0", "1"}:
        return page(request, status=400, text="The Depth header is neither 0, 1 nor infinity.")
    try:
        asked = read_propfind(request.body)
    except PropfindUnreadable as error:
        return page(request, status=400, text=str(error))
    blocks = tuple(_blocks([own, *below] if depth == "1" else [own], asked))
    return respond(request, status=207, media_type=XML, blocks=blocks, headers=DAV_HEADERS)


def _blocks(entries: Sequence[Entry], asked: Asked) -> Iterable[bytes]:
    yield f'{_HEAD}<D:multistatus xmlns:D="DAV:">\n'.encode()
    for start in range(0, len(entries), NODES_PER_BLOCK):
        yield "".join(_entry(entry, asked) for entry in entries[start : start + NODES_PER_BLOCK]).encode()
    yield b"</D:multistatus>\n"


def _entry(entry: Entry, asked: Asked) -> str:
    href, node = entry
    return f"<D:response><D:href>{href}</D:href>{render(node, asked=asked)}</D:response>\n"
