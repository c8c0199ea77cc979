"""Files that exist whole or not at all, and survive a power cut once written. Knows folders and files, no objects.

The order is load-bearing: temporary file, fsync, link under the final name, fsync of the folder.
"""

import itertools
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from legalhold.archive.failpoints import hit

TEMPORARY_PREFIX = ".tmp-"
_TEMPORARY = re.compile(rf"{re.escape(TEMPORARY_PREFIX)}(.+)-[0-9]+-[0-9]+")
_counter = itertools.count(1)


class FlushFailed(OSError):
    """A flush to disk failed: the kernel may have dropped the bytes, and asking again would say success."""


def create_file(*, path: Path, data: bytes, mode: int = 0o600) -> None:
    """Create a file that nobody sees before it is whole. Raises FileExistsError, FlushFailed or another OSError.

    A hard link and not a rename makes it exclusive: rename would replace a file that another process has just created.
    """
    temporary = _write_temporary(path, data, mode)
    try:
        hit("store.before_link")
        os.link(temporary, path)
        hit("store.after_link")
    finally:
        temporary.unlink(missing_ok=True)  # of a process that stood still for long, somebody may have removed it
    hit("store.before_folder_fsync")
    flush_folder(path.parent)
    hit("store.after_create")


@contextmanager
def naming_file(*, path: Path, temporary: Path) -> Iterator[None]:
    """Let an OSError of writing ``path`` under a temporary name say ``path``: those of writing itself name no file."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename not in {None, str(temporary)}:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def remove_file(*, path: Path) -> None:
    """Remove a file for good. Raises FileNotFoundError, FlushFailed or another OSError."""
    hit("store.before_unlink")
    path.unlink()
    hit("store.after_unlink")
    flush_folder(path.parent)


def remove_temporaries(*, path: Path) -> None:
    """Remove what was left of writing the file ``path``: half of its bytes, or a second name for all of them."""
    for entry in list(os.scandir(path.parent)):
        if written_for(entry.name) == path.name:
            remove_file(path=Path(entry.path))


def written_for(name: str) -> str | None:
    """Return the name of the file that a temporary one was to become, None if it isn't one of ours."""
    found = _TEMPORARY.fullmatch(name)
    return found[1] if found else None


def make_folder(path: Path) -> None:
    """Make a folder, its missing parents too, whose entry is durable even if another process made it just now."""
    if not path.parent.is_dir():
        make_folder(path.parent)
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    flush_folder(path.parent)


def flush_folder(path: Path) -> None:
    """Make the names in a folder durable. Raises FlushFailed."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with _flushing(path):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_temporary(path: Path, data: bytes, mode: int) -> Path:
    temporary, descriptor = _open_temporary(path, mode)
    try:
        _write_all(descriptor, data)
        hit("store.before_fsync")
        with _flushing(path):
            os.fsync(descriptor)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    return temporary


def _open_temporary(path: Path, mode: int) -> tuple[Path, int]:
    """Open a temporary file beside the final one. Process ids recur in containers: a stray may have the name."""
    while True:
        temporary = path.with_name(f"{TEMPORARY_PREFIX}{path.name}-{os.getpid()}-{next(_counter)}")
        with suppress(FileExistsError):
            return temporary, os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)


def _write_all(descriptor: int, data: bytes) -> None:
    hit("store.before_write")
    half = len(data) // 2
    for piece in (memoryview(data)[:half], memoryview(data)[half:]):
        remaining = piece
        while remaining:
            remaining = remaining[os.write(descriptor, remaining) :]
        hit("store.mid_write")


@contextmanager
def _flushing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FlushFailed(error.errno, f"could not be flushed to disk ({error.strerror})", str(path)) from error
