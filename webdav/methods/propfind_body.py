"""Reads a PROPFIND body (RFC 4918 §9.1 and §14.20): which properties are asked for."""

from collections.abc import Iterable
from html import escape
from itertools import chain
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

# What a body may make every entry of the answer carry: without limits, 64 KiB asked is 64 MB answered. Bytes are
# counted as they are written, escaped, and with what is written around them: an entry's own properties are 700 or so.
MAX_NAMES = 100
MAX_NAME_BYTES = 2_048
BYTES_AROUND = len('<x: xmlns:x=""/>')

DAV = "DAV:"


class PropfindUnreadable(ValueError):
    """A PROPFIND body isn't one."""


class PropertyName(NamedTuple):
    """A property's namespace, possibly empty, and its local name."""

    namespace: str
    name: str


class Asked(NamedTuple):
    """What a PROPFIND asks for: the names it lists, beside all known properties or their names."""

    names: tuple[PropertyName, ...]
    is_all: bool = False
    is_names_only: bool = False


def read_propfind(body: bytes) -> Asked:
    """Return what is asked; an empty body asks for all (RFC 4918 §9.1). Raise PropfindUnreadable."""
    if not body.strip():
        return Asked((), is_all=True)
    root = _parse(body)
    asking = [child for child in root if child.tag in {f"{{{DAV}}}{name}" for name in ("allprop", "propname", "prop")}]
    if root.tag != f"{{{DAV}}}propfind" or len(asking) != 1:
        raise PropfindUnreadable("The body isn't a propfind element with one of allprop, propname and prop.")
    if asking[0].tag == f"{{{DAV}}}propname":
        return Asked((), is_names_only=True)
    if asking[0].tag == f"{{{DAV}}}prop":
        return Asked(_names(asking[0]))
    return Asked(_names(chain.from_iterable(root.findall(f"{{{DAV}}}include"))), is_all=True)


def _parse(body: bytes) -> Element:
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError, LookupError) as error:  # LookupError: an encoding nobody knows
        what = "has a document type" if isinstance(error, DefusedXmlException) else "isn't well-formed XML"
        raise PropfindUnreadable(f"The body {what}.") from None
    return root


def _names(elements: Iterable[Element]) -> tuple[PropertyName, ...]:
    names = tuple(dict.fromkeys(_name(element.tag) for element in elements))
    if len(names) > MAX_NAMES or sum(map(_written_bytes, names)) > MAX_NAME_BYTES:
        raise PropfindUnreadable(f"The body asks for more than {MAX_NAMES} properties, or for very long names.")
    return names


def _written_bytes(name: PropertyName) -> int:
    own = len(name.name.encode())
    return own if name.namespace == DAV else own + len(escape(name.namespace).encode()) + BYTES_AROUND


def _name(tag: str) -> PropertyName:
    namespace, brace, name = tag.removeprefix("{").rpartition("}")
    return PropertyName(namespace, name) if brace else PropertyName("", tag)
