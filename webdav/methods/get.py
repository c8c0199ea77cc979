"""GET and HEAD: a file's bytes, a folder's page, or the whole share as one ZIP."""

from exports.trees.node import Node
from webdav.http.request import Request
from webdav.http.response import Response, missing, respond
from webdav.methods.context import Context, ZipStream
from webdav.methods.folder import folder_page
from webdav.methods.representation import Representation, send

ZIP_QUERY = "zip"
# Spotlight reads no volume that has this file (dav-server's notes on Finder).
NO_INDEX_NAME = ".metadata_never_index"


def get(request: Request, *, context: Context, path: tuple[str, ...]) -> Response:
    """Answer a GET or HEAD of a path below the share's root."""
    node = context.granted.tree.lookup(path)
    if node is None:
        return no_index(request) if path == (NO_INDEX_NAME,) else missing(request)
    if not node.is_folder:
        return send(request, context=context, shown=_file(node, context=context))
    if not path and request.query == ZIP_QUERY and context.zip_stream is not None:
        return send(request, context=context, shown=_zip(context.zip_stream, context=context))
    return folder_page(request, context=context, folder=node)


def no_index(request: Request) -> Response:
    """Return the empty file that keeps Spotlight from fetching every file."""
    return respond(request, status=200, media_type="application/octet-stream", blocks=())


def _file(node: Node, *, context: Context) -> Representation:
    tree = context.granted.tree
    return Representation(
        path=node.path,
        file_name=node.name,
        media_type=node.media_type,
        size_bytes=node.size_bytes,
        etag=node.etag,
        modified_at=node.modified_at,
        opener=lambda wanted: tree.open(node, start=wanted.start, stop=wanted.stop),
        digest=node.etag,
    )


def _zip(zip_stream: ZipStream, *, context: Context) -> Representation:
    body = zip_stream(context.granted.tree)
    return Representation(
        path=(),
        file_name=body.file_name,
        media_type="application/zip",
        size_bytes=body.size_bytes,
        etag=body.etag,
        modified_at=body.modified_at,
        opener=lambda wanted: body.open(start=wanted.start, stop=wanted.stop),
    )
