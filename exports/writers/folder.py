"""Writes an export into a folder: each file checked while it is written, the whole durable at the end, resumable."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from exports.trees.unreadable import BytesUnreadable
from exports.writers.verify import Finding, differs, files_below
from legalhold.archive.store.durable import naming_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from exports.trees.node import Node
    from exports.writers.zip64 import CheckedTree

MANIFEST_PATH = ("_verify", "manifest-sha256.txt")
UNFINISHED = "_verify/unfinished.tmp"
"""The one file that is being written; it gets its name once its bytes are checked."""


class FolderNotOurs(Exception):
    """The folder holds something that isn't part of this export; nothing was written."""


class FolderBusy(Exception):
    """Another process is writing into the folder; nothing was written."""


class _FileNotAsPromised(Exception):
    """A file's bytes aren't what the export's manifest says; it was not given its name."""


@dataclass(frozen=True, slots=True)
class Written:
    """What writing did: files written now, and files that an earlier run had written and that were checked again.

    ``missing`` are the files that couldn't be written, as their bytes can't be read or aren't what the manifest says.
    """

    written: int
    kept: int
    bytes: int
    missing: tuple[Finding, ...]


def write_folder(
    *, tree: CheckedTree, folder: Path, progress: Callable[[int, int], None] = lambda _files, _bytes: None
) -> Written:
    """Write the export into ``folder``, for its owner's eyes alone, or finish what an earlier run began there.

    ``progress`` is told the files and bytes done so far. What can't be had is told at the end and keeps nothing else from
    being written. Raises ``FolderBusy`` and ``FolderNotOurs`` before anything is written.
    """
    nodes = [node for node, _ in tree.files()]
    with _alone(folder):
        _require_ours(tree, nodes, folder)
        return _write_all(tree, nodes, folder, progress)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep others from writing into the folder meanwhile: two would give each other's half-written bytes their names."""
    if folder.exists() and not folder.is_dir():
        raise FolderNotOurs(f"{folder} is a file: name a folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise FolderBusy(
            f"somebody is writing into {folder} now: wait until that has ended, or name another"
        ) from error
    finally:
        os.close(lock)


def _write_all(tree: CheckedTree, nodes: list[Node], folder: Path, progress: Callable[[int, int], None]) -> Written:
    written: list[Node] = []
    kept: list[Node] = []
    missing: list[Finding] = []
    size = 0
    folders: set[Path] = set()
    for done, node in enumerate(_manifest_first(nodes), start=1):
        try:
            (written if _write(tree, node, folder, folders) else kept).append(node)
        except (BytesUnreadable, _FileNotAsPromised) as error:
            missing.append(Finding("/".join(node.path), str(error)))
        else:
            size += node.size_bytes
        progress(done, size)
    _set_times_and_sync([*written, *kept], folder)
    return Written(written=len(written), kept=len(kept), bytes=size, missing=tuple(missing))


def _manifest_first(nodes: list[Node]) -> list[Node]:
    """The manifest says whose folder it is, so it stands there before anything else."""
    return sorted(nodes, key=lambda node: node.path != MANIFEST_PATH)


def _require_ours(tree: CheckedTree, nodes: list[Node], folder: Path) -> None:
    present = files_below(folder) - {UNFINISHED}
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


def _write(tree: CheckedTree, node: Node, folder: Path, folders: set[Path]) -> bool:
    """Write one file; return whether it had to be. ``folders`` are those known to be there."""
    path = folder.joinpath(*node.path)
    if not differs(node, path):
        return False
    unfinished = folder / UNFINISHED
    for parent in {path.parent, unfinished.parent} - folders:
        _make_folders(parent, folder)
        folders.add(parent)
    # What is there may be a link that somebody planted: it is removed, never written through.
    unfinished.unlink(missing_ok=True)
    digest = sha256()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with naming_file(path=path, temporary=unfinished), os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
        for block in tree.open(node):
            digest.update(block)
            file.write(block)
    if digest.hexdigest() != node.etag:
        raise _FileNotAsPromised(f"has SHA-256 {digest.hexdigest()} instead of {node.etag}")
    unfinished.replace(path)
    return True


def _make_folders(path: Path, top: Path) -> None:
    top.mkdir(mode=0o700, parents=True, exist_ok=True)
    for above in reversed([path, *path.parents]):
        if above.is_relative_to(top):
            above.mkdir(mode=0o700, exist_ok=True)


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
