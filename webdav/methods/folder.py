"""The page a browser shows of a folder. Plain HTML: no script, nothing from elsewhere, names isolated and escaped."""

import html
from collections.abc import Iterable

from exports.trees.node import Node
from webdav.http.paths import encode_path
from webdav.http.request import Request
from webdav.http.response import PAGE_POLICY, Response, fill, respond
from webdav.methods.context import Context

SHARE_ROOT = ("dav",)
_UNITS = ("kB", "MB", "GB", "TB")
_STEP = 1000
_STEP_DIGITS = 3


def folder_page(request: Request, *, context: Context, folder: Node) -> Response:
    """Return the page that lists a folder."""
    granted = context.granted
    nodes = granted.tree.children(folder)
    filled = fill(
        "folder.html",
        {
            "title": html.escape(folder.name or granted.label),
            "ends": html.escape(granted.ends_text),
            "trail": _trail(granted.label, folder),
            "zip": "" if folder.path or context.zip_stream is None else _ZIP_LINK,
            "rows": "".join(_rows(nodes)),
            "count": f"{len(nodes)} item{'' if len(nodes) == 1 else 's'}",
        },
    )
    policy = ("Content-Security-Policy", PAGE_POLICY)
    return respond(request, status=200, media_type="text/html; charset=utf-8", blocks=(filled,), headers=(policy,))


_ZIP_LINK = '<p><a class="button" href="/dav/?zip">Download all (ZIP)</a></p>'


def _trail(label: str, folder: Node) -> str:
    if not folder.path:
        return ""
    names = (label, *folder.path)
    steps = [f"<li>{_link(folder.path[:depth], name, True)}</li>" for depth, name in enumerate(names[:-1])]  # noqa: FBT003 - a private helper
    here = f'<li aria-current="page"><bdi>{html.escape(names[-1])}</bdi></li>'
    return f'<nav aria-label="Folders above"><ol>{"".join(steps)}{here}</ol></nav>\n'


def _rows(nodes: Iterable[Node]) -> Iterable[str]:
    for node in nodes:
        size = "" if node.is_folder else f'<data value="{node.size_bytes}">{readable_size(node.size_bytes)}</data>'
        at = node.modified_at.replace(tzinfo=None)  # isoformat, since strftime writes the year 1 as "1"
        yield (
            f'<tr><th scope="row">{_link(node.path, node.name, node.is_folder)}</th>'
            f"<td>{'Folder' if node.is_folder else 'File'}</td><td>{size}</td>"
            f'<td><time datetime="{at.isoformat(timespec="seconds")}Z">'
            f"{at.isoformat(sep=' ', timespec='minutes')}</time></td></tr>\n"
        )


def _link(path: tuple[str, ...], name: str, is_folder: bool) -> str:  # noqa: FBT001 - a private helper
    href = encode_path((*SHARE_ROOT, *path), is_folder=is_folder)
    # bdi: a name with right-to-left characters can't rearrange the text around it.
    return f'<a href="{href}"><bdi>{html.escape(name)}</bdi></a>'


def readable_size(size_bytes: int) -> str:
    """Return a size for reading, in decimal units, such as ``1.2 MB``."""
    if size_bytes < _STEP:
        return f"{size_bytes} B"
    power = min(len(str(size_bytes)) - 1, _STEP_DIGITS * len(_UNITS)) // _STEP_DIGITS
    return f"{size_bytes / _STEP**power:.1f} {_UNITS[power - 1]}"
