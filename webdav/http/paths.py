"""Request targets to names and back: strict decoding, percent-encoding.

A path is a tuple of NFC names, so no target can climb out of a tree: there is nothing to climb.
"""

import re
import unicodedata
from urllib.parse import quote, unquote_to_bytes

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class PathUnreadable(ValueError):
    """A request target names no path."""


def decode_target(target: str) -> tuple[tuple[str, ...], str]:
    """Return the path's names and the raw query. ``*`` is the empty path, as "/" is.

    Raise PathUnreadable for bad escapes, bytes that aren't UTF-8, "." and "..", and encoded "/" and NUL.
    """
    path, _, query = target.partition("?")
    if path == "*":
        return (), query
    if not path.startswith("/"):
        raise PathUnreadable("The address doesn't start with a slash.")
    return tuple(_decode_name(raw) for raw in path.split("/") if raw), query


def _decode_name(raw: str) -> str:
    if _BAD_ESCAPE.search(raw) or not raw.isascii():
        raise PathUnreadable("The address has a broken percent escape.")
    try:
        name = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise PathUnreadable("The address isn't UTF-8.") from None
    if name in {".", ".."} or "/" in name or "\0" in name:
        raise PathUnreadable("The address has a name that no file can have.")
    return unicodedata.normalize("NFC", name)  # Finder asks in NFD


def encode_path(path: tuple[str, ...], *, is_folder: bool) -> str:
    """Return the absolute, percent-encoded path; a folder's ends in a slash."""
    encoded = "".join("/" + quote(name, safe="") for name in path)
    return encoded + "/" if is_folder else encoded
