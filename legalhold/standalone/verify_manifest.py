"""Checks a folder against its manifest-sha256.txt: `python3 verify_manifest.py FOLDER [MANIFEST]`.

Needs only Python 3.8 or later. The manifest is what `sha256sum -c` reads. Exits 0 when every file is there and unchanged
and none is there besides, 1 otherwise, 2 on wrong use.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PLACES = ("_verify/manifest-sha256.txt", "manifest-sha256.txt")
BLOCK_BYTES = 1024 * 1024
_LINE = re.compile(r"(\\?)([0-9a-fA-F]{64}) [ *](.+)", re.DOTALL)
_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


class Problem(NamedTuple):
    """What is wrong with one file, by its path in the manifest."""

    path: str
    reason: str


class ManifestUnusable(Exception):
    """The manifest can't be found or read; the message names the line."""


def verify(*, folder: Path, manifest: Path) -> tuple[int, list[Problem]]:
    """Return how many files the manifest lists, and what is wrong, sorted by path. Raises ManifestUnusable."""
    listed = read_manifest(manifest)
    problems = [problem for path, digest in listed.items() for problem in _check(folder, path, digest)]
    extra = (path for path in _files(folder) if path not in listed and (folder / path).resolve() != manifest.resolve())
    problems += [Problem(path, "is not listed in the manifest") for path in extra]
    return len(listed), sorted(problems)


def read_manifest(manifest: Path) -> dict[str, str]:
    """Return the digests by path. Raises ManifestUnusable."""
    try:
        text = manifest.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise ManifestUnusable(f"{manifest}: {error.strerror}") from error
    listed: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line:
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ManifestUnusable(f"{manifest}, line {number}: is not a SHA-256, two characters and a path")
        path = re.sub(r"\\[\\nr]", lambda escape: _ESCAPES[escape[0]], match[3]) if match[1] else match[3]
        if path in listed:
            raise ManifestUnusable(f"{manifest}, line {number}: {path!r} is listed twice")
        listed[path] = match[2].lower()
    if not listed:
        raise ManifestUnusable(f"{manifest}: lists no file")
    return listed


def _check(folder: Path, path: str, digest: str) -> Iterator[Problem]:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        yield Problem(path, "leads out of the folder; not opened")
        return
    file = folder / path
    try:
        if file.is_symlink() or not file.is_file():
            yield Problem(path, "is no plain file" if os.path.lexists(file) else "is missing")
        elif _digest(file) != digest:
            yield Problem(path, "has been changed: its SHA-256 differs")
    except OSError as error:
        yield Problem(path, f"can't be read: {error.strerror}")


def _digest(file: Path) -> str:
    hasher = hashlib.sha256()
    with file.open("rb") as stream:
        for block in iter(lambda: stream.read(BLOCK_BYTES), b""):
            hasher.update(block)
    return hasher.hexdigest()


def _files(folder: Path) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(root) / name).is_symlink()]  # os.walk doesn't look into them
        for name in (*names, *links):
            yield (Path(root) / name).relative_to(folder).as_posix()


def _find(folder: Path) -> Path:
    for place in PLACES:
        if (folder / place).is_file():
            return folder / place
    raise ManifestUnusable(f"{folder}: has no {' or '.join(PLACES)}")


def main(arguments: Sequence[str]) -> int:
    """Check what the command line names and print what is wrong; return the exit status."""
    if len(arguments) not in {1, 2} or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: verify_manifest.py FOLDER [MANIFEST]\n")
        return 2
    folder = Path(arguments[0])
    try:
        count, problems = verify(folder=folder, manifest=Path(arguments[1]) if arguments[1:] else _find(folder))
    except ManifestUnusable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for problem in problems:
        sys.stdout.write(f"{problem.path!a} {problem.reason}\n")
    sys.stdout.write(f"{count} files listed, {len(problems)} problems\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
