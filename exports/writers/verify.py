"""Checks that every byte of an export can be read and is what its digest says: in the archive, or in a written folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from exports.trees.unreadable import BytesUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from exports.trees.node import Node
    from exports.writers.zip64 import CheckedTree

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Finding:
    """A file that isn't as the export says, and how it differs."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked and what was found; good means that every file was there and equal, and nothing else was."""

    files: int
    bytes: int
    findings: tuple[Finding, ...]

    @property
    def is_good(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify_tree(*, tree: CheckedTree) -> Verification:
    """Read every file of an export out of the archive and compare length and SHA-256."""
    files = size = 0
    findings: list[Finding] = []
    for node, _ in tree.files():
        files, size = files + 1, size + node.size_bytes
        reason = _difference(node, _blocks_of(tree, node))
        if reason:
            findings.append(Finding("/".join(node.path), reason))
    return Verification(files=files, bytes=size, findings=tuple(findings))


def verify_folder(*, tree: CheckedTree, folder: Path) -> Verification:
    """Compare a written folder with the export: every file there and equal, and no other file beside them."""
    files = size = 0
    findings: list[Finding] = []
    expected: set[str] = set()
    for node, _ in tree.files():
        files, size = files + 1, size + node.size_bytes
        path = "/".join(node.path)
        expected.add(path)
        reason = differs(node, folder.joinpath(*node.path))
        if reason:
            findings.append(Finding(path, reason))
    findings.extend(Finding(path, "is not part of the export") for path in sorted(files_below(folder) - expected))
    return Verification(files=files, bytes=size, findings=tuple(findings))


def differs(node: Node, path: Path) -> str:
    """Return how a written file differs from its node; empty when it doesn't."""
    if path.is_symlink() or not path.is_file():
        return "is missing"
    return _difference(node, _blocks_at(path))


def files_below(folder: Path) -> set[str]:
    """Return the paths of all files below a folder, links included, with "/" between names."""
    found: set[str] = set()
    for parent, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        found.update((Path(parent) / name).relative_to(folder).as_posix() for name in [*names, *links])
    return found


def _difference(node: Node, blocks: Iterable[bytes]) -> str:
    digest, size = sha256(), 0
    try:
        for block in blocks:
            digest.update(block)
            size += len(block)
    except (BytesUnreadable, OSError) as error:
        return f"can't be read: {error}"
    if size != node.size_bytes:
        return f"has {size} bytes instead of {node.size_bytes}"
    return "" if digest.hexdigest() == node.etag else f"has SHA-256 {digest.hexdigest()} instead of {node.etag}"


def _blocks_of(tree: CheckedTree, node: Node) -> Iterator[bytes]:
    yield from tree.open(node)


def _blocks_at(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block
