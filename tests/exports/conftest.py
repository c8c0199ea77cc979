"""A tree of files in memory, for what knows trees only."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from zlib import crc32

import pytest

from exports.queries import open_export
from exports.services import create_export
from exports.trees.node import ContentRef, Node
from exports.trees.unreadable import BytesUnreadable
from legalhold.matters.access import system_access
from legalhold.review.services import collect
from tests.exported import fill
from tests.organisation import START, Organisation

MOMENT = datetime(2024, 3, 14, 8, 32, 7, tzinfo=UTC)


class MemoryTree:
    """Files by path; counts the bytes it was asked for."""

    def __init__(self, files: dict[str, bytes], *, at: datetime = MOMENT, sizes: dict[str, int] | None = None) -> None:
        self.bytes = {tuple(path.split("/")): data for path, data in files.items()}
        self.sizes = {tuple(path.split("/")): size for path, size in (sizes or {}).items()}
        self.at = at
        self.read_bytes = 0
        self.unreadable = set()

    def lookup(self, path):
        if path in self.bytes:
            return self._file(path)
        is_folder = not path or any(known[: len(path)] == path for known in self.bytes)
        return (
            Node(path=path, is_folder=True, size_bytes=0, modified_at=self.at, created_at=self.at)
            if is_folder
            else None
        )

    def children(self, node):
        depth = len(node.path) + 1
        below = dict.fromkeys(path[:depth] for path in self.bytes if path[: depth - 1] == node.path)
        return [self.lookup(path) for path in below]

    def open(self, node, *, start=0, stop=None):
        if node.path in self.unreadable:
            raise BytesUnreadable("/".join(node.path))
        data = self.bytes[node.path][start:stop]
        self.read_bytes += len(data)
        for offset in range(0, len(data), 1000):
            yield data[offset : offset + 1000]

    def files(self):
        for path, data in self.bytes.items():
            yield self._file(path), crc32(data)

    def _file(self, path):
        data = self.bytes[path]
        digest = sha256(data).hexdigest()
        return Node(
            path=path, is_folder=False, size_bytes=self.sizes.get(path, len(data)), modified_at=self.at, created_at=self.at,
            etag=digest, content=ContentRef(digest),
        )  # fmt: skip


@pytest.fixture(scope="session")
def memory_tree():
    return MemoryTree


@pytest.fixture
def access():
    return system_access(actor="system:tester")


@pytest.fixture
def organisation(db, archive) -> Organisation:
    return Organisation(archive)


@pytest.fixture
def matter(organisation):
    return fill(organisation)


@pytest.fixture
def make(archive, access):
    def make(matter, text="*", name="First", **columns):
        collection = collect(text=text, matter=matter, name=name, archive=archive, access=access, at=START)
        return create_export(collection=collection, name=name, archive=archive, access=access, at=START, **columns)

    return make


@pytest.fixture
def export(matter, make):
    return make(matter)


@pytest.fixture
def tree(export, archive, access):
    return open_export(export=export, archive=archive, access=access)
