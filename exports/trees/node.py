"""A node of a reading tree and what WebDAV, ZIP and folder writers may ask of a tree.

Knows names, sizes, times and digests; not where bytes are stored, nor who reads them.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

SHA256_HEX_DIGITS = 64


class NodeUnusable(ValueError):
    """A node breaks what readers of the tree rely on."""


@dataclass(frozen=True, slots=True)
class ContentRef:
    """Names content of the archive by the SHA-256 of its bytes, in hex."""

    digest: str


@dataclass(frozen=True, slots=True)
class Node:
    """A folder or file at a path below the tree's root; the root's path is empty.

    Names are NFC, never empty, "." or "..", and hold neither "/" nor NUL. Times are aware UTC.
    ``etag`` is the content's SHA-256 in hex; a folder has none.
    """

    path: tuple[str, ...]
    is_folder: bool
    size_bytes: int
    modified_at: datetime
    created_at: datetime
    etag: str = ""
    content: ContentRef | bytes = b""
    media_type: str = "application/octet-stream"

    def __post_init__(self) -> None:
        if self.path and not is_node_name(self.path[-1]):
            raise NodeUnusable(f"{self.path!r}: the last name can't be shown in a tree; give it a safe NFC name")
        if self.modified_at.tzinfo is not UTC or self.created_at.tzinfo is not UTC:
            raise NodeUnusable(f"{self.path!r}: its times are not in UTC")
        if not self.is_folder and len(self.etag) != SHA256_HEX_DIGITS:
            raise NodeUnusable(f"{self.path!r}: a file's etag is its SHA-256 in 64 hex digits, not {self.etag!r}")

    @property
    def name(self) -> str:
        """The last name of the path; the root's is empty."""
        return self.path[-1] if self.path else ""


def is_node_name(name: str) -> bool:
    """Say whether a tree may show this name: readers look names up by NFC and split paths at "/"."""
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        return False
    return unicodedata.is_normalized("NFC", name) and not any("\ud800" <= letter <= "\udfff" for letter in name)


class Tree(Protocol):
    """What is shown of one export or live hold; immutable while it is read, safe for threads."""

    def lookup(self, path: tuple[str, ...]) -> Node | None:
        """Return the node at a path of NFC names, the root for the empty path, None where there is none."""

    def children(self, node: Node) -> Sequence[Node]:
        """Return a folder's nodes in the tree's order."""

    def open(self, node: Node, *, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield a file's bytes from ``start`` up to but without ``stop`` (its end when None), in blocks of any size."""
