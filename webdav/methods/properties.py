"""The properties of a node (RFC 4918 §15) and how they are written.

No quota properties: Finder of macOS 15.4 and newer hangs for minutes over them.
"""

import re
from collections.abc import Callable
from html import escape

from exports.trees.node import Node
from webdav.http.conditions import http_date
from webdav.methods.propfind_body import DAV, Asked, PropertyName

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Property = Callable[[Node], str | None]


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text), quote=False)


def _of_files(value: Callable[[Node], str]) -> Property:
    return lambda node: None if node.is_folder else value(node)


def _creation(node: Node) -> str:
    # Not strftime: it writes the year 1 as "1", which is no date of RFC 3339.
    return node.created_at.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


PROPERTIES: dict[str, Property] = {
    "resourcetype": lambda node: "<D:collection/>" if node.is_folder else "",
    "displayname": lambda node: _text(node.name),
    "getcontentlength": _of_files(lambda node: str(node.size_bytes)),
    "getcontenttype": _of_files(lambda node: _text(node.media_type)),
    "getetag": _of_files(lambda node: f'"{node.etag}"'),
    "getlastmodified": lambda node: http_date(node.modified_at),
    "creationdate": _creation,
}


def render(node: Node, *, asked: Asked) -> str:
    """Return the propstat elements of a node: what it has, then what it hasn't."""
    names = [PropertyName(DAV, name) for name in PROPERTIES] if asked.is_all or asked.is_names_only else []
    optional = frozenset(names)
    found, absent = [], []
    for name in dict.fromkeys((*names, *asked.names)):
        value = PROPERTIES[name.name](node) if name.namespace == DAV and name.name in PROPERTIES else None
        if value is not None:
            found.append(_element(name, "" if asked.is_names_only else value))
        elif name not in optional:
            absent.append(_element(name, ""))
    return _propstat(found, "200 OK", is_needed=not absent) + _propstat(absent, "404 Not Found", is_needed=False)


def _propstat(elements: list[str], status: str, *, is_needed: bool) -> str:
    if not elements and not is_needed:
        return ""
    return f"<D:propstat><D:prop>{''.join(elements)}</D:prop><D:status>HTTP/1.1 {status}</D:status></D:propstat>"


def _element(name: PropertyName, value: str) -> str:
    if name.namespace == DAV:
        return f"<D:{name.name}>{value}</D:{name.name}>" if value else f"<D:{name.name}/>"
    if not name.namespace:
        return f"<{name.name}/>"
    return f'<x:{name.name} xmlns:x="{escape(name.namespace)}"/>'
