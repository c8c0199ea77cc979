"""Writes an export into a folder: each file checked while it is written, the whole durable at the end, resumable."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from exports.writers.verify import differs, files_below
from legalhold.archive.store.durable import naming_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from exports.trees.node import Node
    from exports.writers.zip64 import CheckedTree

MANIFEST_PATH = ("_verify", "manifest-sha256.txt")
UNFINISHED = "_verify/unfinished.tmp"
"""The one file that is being written; it gets its name once its bytes are checked."""


class FolderNotOurs(Exception):
    """The folder holds something that isn't part of this export; nothing was written."""


class FileNotAsPromised(Exception):
    """A file's bytes aren't what the export's manifest says; it was not given its name."""


@dataclass(frozen=True, slots=True)
class Written:
    """What writing did: files written now, and files that an earlier run had written and that were checked again."""

    written: int
    kept: int
    bytes: int


def write_folder(
    *, tree: CheckedTree, folder: Path, progress: Callable[[int, int], None] = lambda _files, _bytes: None
) -> Written:
    """Write the export into ``folder``, or finish what an earlier run began there.

    ``progress`` is told the files and bytes done so far. Raises ``FolderNotOurs`` before anything is written, and
    ``FileNotAsPromised`` where bytes differ from the manifest.
    """
    nodes = [node for node, _ in tree.files()]
    _require_ours(tree, nodes, folder)
    written = kept = size = 0
    for done, node in enumerate(_manifest_first(nodes), start=1):
        if _write(tree, node, folder):
            written += 1
        else:
            kept += 1
        size += node.size_bytes
        progress(done, size)
    _set_times_and_sync(nodes, folder)
    return Written(written=written, kept=kept, bytes=size)


def _manifest_first(nodes: list[Node]) -> list[Node]:
    """The manifest says whose folder it is, so it stands there before anything else."""
    return sorted(nodes, key=lambda node: node.path != MANIFEST_PATH)


def _require_ours(tree: CheckedTree, nodes: list[Node], folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise FolderNotOurs(f"{folder} is a file: name a folder")
    present = files_below(folder) - {UNFINISHED} if folder.exists() else set()
    manifest = folder.joinpath(*MANIFEST_PATH)
    if present and (not manifest.is_file() or manifest.read_bytes() != _manifest(tree)):
        raise FolderNotOurs(f"{folder} isn't empty and doesn't hold this export: name an empty or new folder")
    foreign = sorted(present - {"/".join(node.path) for node in nodes})
    if foreign:
        raise FolderNotOurs(
            f"{folder} holds {len(foreign)} files that aren't part of this export, such as {foreign[0]}"
        )


def _manifest(tree: CheckedTree) -> bytes:
    node = tree.lookup(MANIFEST_PATH)
    return b"".join(tree.open(node)) if node else b""


def _write(tree: CheckedTree, node: Node, folder: Path) -> bool:
    """Write one file; return whether it had to be."""
    path = folder.joinpath(*node.path)
    if not differs(node, path):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder / UNFINISHED
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    digest = sha256()
    with naming_file(path=path, temporary=unfinished), unfinished.open("wb") as file:
        for block in tree.open(node):
            digest.update(block)
            file.write(block)
    if digest.hexdigest() != node.etag:
        raise FileNotAsPromised(f"{'/'.join(node.path)} has SHA-256 {digest.hexdigest()} instead of {node.etag}")
    unfinished.replace(path)
    return True


def _set_times_and_sync(nodes: list[Node], folder: Path) -> None:
    paths = [folder.joinpath(*node.path) for node in nodes]
    for node, path in zip(nodes, paths, strict=True):
        os.utime(path, (node.modified_at.timestamp(), node.modified_at.timestamp()))
    os.sync()  # writes everything back at once; the calls below then wait for little, and tell of errors
    for path in paths:
        _sync(path)
    (folder / UNFINISHED).unlink(missing_ok=True)
    for parent, _, _ in os.walk(folder, topdown=False):
        _sync(parent)
    _sync(folder.parent)


def _sync(path: Path | str) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
