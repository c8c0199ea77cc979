"""Writes one file so that it has its name only when it is whole and on disk, and never over another one."""

from __future__ import annotations

import errno
import os
from hashlib import sha256
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from legalhold.archive.store.durable import naming_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS})
"""What file systems of memory sticks (FAT, exFAT) and some network folders answer to a hard link."""


class FileExists(Exception):
    """There is a file of that name; nothing was written."""


def write_file(*, path: Path, blocks: Iterable[bytes], progress: Callable[[int], None] = lambda _done: None) -> str:
    """Write a new file and return its SHA-256 in hex. Raises ``FileExists`` and ``OSError``; nothing is left of it then."""
    if path.exists():
        raise FileExists(f"{path} exists; name a new file")
    unfinished = path.with_name(f".{path.name}.{token_hex(4)}.unfinished")
    digest, done = sha256(), 0
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with naming_file(path=path, temporary=unfinished):
            with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
                for block in blocks:
                    digest.update(block)
                    done += file.write(block)
                    progress(done)
                file.flush()
                os.fsync(file.fileno())
            _give_name(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return digest.hexdigest()


def _give_name(unfinished: Path, path: Path) -> None:
    """Give the file its name, durably; a rename would replace what somebody else has made there meanwhile."""
    try:
        os.link(unfinished, path)
    except FileExistsError as error:
        raise FileExists(f"{path} exists; name a new file") from error
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        _give_name_without_links(unfinished, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _give_name_without_links(unfinished: Path, path: Path) -> None:
    """Take the name with an empty file of ours, which nobody else can have made, and replace that."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except FileExistsError as error:
        raise FileExists(f"{path} exists; name a new file") from error
    unfinished.rename(path)
