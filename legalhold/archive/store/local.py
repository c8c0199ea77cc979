"""A store in a folder of this machine's file system, which must have hard links and a working fsync."""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG

from legalhold.archive.store.contract import (
    ObjectExists,
    ObjectMissing,
    ObjectTruncated,
    StoreFailed,
    StoreFull,
    Unfinished,
    WriterStopped,
    check_name,
    is_component,
)
from legalhold.archive.store.durable import (
    FlushFailed,
    create_file,
    make_folder,
    remove_file,
    remove_temporaries,
    written_for,
)

_NO_SUCH_FILE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class LocalStore:
    """Keeps each object in a file of its name below `root`; files are 0600, folders 0700."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._stopped_because = ""
        self._durable_folders: set[Path] = set()
        self._lock = threading.Lock()

    def create(self, *, name: str, data: bytes) -> None:
        """Store an object; durable on return. Raises ObjectExists, StoreFull or WriterStopped."""
        path = self._path(name)
        with self._changing(name):
            self._ensure_folder(path.parent)
            create_file(path=path, data=data)

    def read(self, *, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """Return `length` bytes from `offset`, or all to the end. Raises ObjectMissing, ObjectTruncated when short."""
        with self._naming(name):
            descriptor = os.open(self._path(name), os.O_RDONLY | os.O_CLOEXEC)
            try:
                wanted = os.fstat(descriptor).st_size - offset if length is None else length
                data = _read_all(descriptor, offset, wanted)
            finally:
                os.close(descriptor)
        if len(data) != wanted:
            raise ObjectTruncated(f"{name} ends {wanted - len(data)} bytes short of byte {offset + wanted}")
        return data

    def size(self, *, name: str) -> int:
        """Return an object's length in bytes. Raises ObjectMissing."""
        with self._naming(name):
            status = self._path(name).stat()
        if not S_ISREG(status.st_mode):
            raise ObjectMissing(f"there is no object {name}")
        return status.st_size

    def names(self, *, prefix: str) -> Iterator[str]:
        """Yield the names that begin with `prefix`, sorted by their bytes; files half written are left out."""
        folder = prefix.rpartition("/")[0]
        if folder:
            check_name(folder)
        return (name for name, is_object in _walk(self.root, folder) if is_object and name.startswith(prefix))

    def strays(self) -> Iterator[str]:
        """Yield the paths of files and folders that are no objects: left by a crash, or put there by somebody else."""
        return (name for name, is_object in _walk(self.root, "") if not is_object)

    def delete(self, *, name: str) -> None:
        """Destroy an object and what is left of writing it; durable on return. Raises WriterStopped."""
        path = self._path(name)
        with self._changing(name), suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            remove_temporaries(path=path)
            remove_file(path=path)

    def unfinished(self) -> Iterator[Unfinished]:
        """Yield what is left of writing objects, of processes that are gone and of those that are writing now."""
        for name in self.strays():
            if written_for(name.rpartition("/")[2]) is None:
                continue
            with suppress(FileNotFoundError):
                status = (self.root / name).lstat()
                if S_ISREG(status.st_mode):
                    yield Unfinished(name, status.st_mtime)

    def discard(self, *, unfinished: Unfinished) -> None:
        """Destroy what is left of writing an object; nothing happens if it is gone. Raises WriterStopped."""
        path = self.root / unfinished.path
        with self._changing(unfinished.path), suppress(FileNotFoundError):
            remove_file(path=path)

    def _path(self, name: str) -> Path:
        return self.root / check_name(name)

    @contextmanager
    def _changing(self, name: str) -> Iterator[None]:
        if self._stopped_because:
            raise WriterStopped(self._stopped_because)
        try:
            with self._naming(name):
                yield
        except WriterStopped as stopped:
            self._stopped_because = str(stopped)
            raise
        except ObjectMissing as error:
            raise StoreFailed(
                f"{self.root / name} can't be stored: its folder is missing, or an object has its name"
            ) from error

    @contextmanager
    def _naming(self, name: str) -> Iterator[None]:
        """Turn the system's errors into the store's, which say where: a person looks for a folder, not for an object."""
        try:
            yield
        except FlushFailed as error:
            raise WriterStopped(
                f"{self.root / name} {error.strerror}; what is on disk is unknown. Check the disk, then restart"
            ) from error
        except FileExistsError as error:
            raise ObjectExists(f"{name} exists already; objects are never overwritten") from error
        except OSError as error:
            if error.errno in _NO_SUCH_FILE:
                raise ObjectMissing(f"there is no object {name}") from error
            if error.errno in _NO_ROOM:
                raise StoreFull(
                    f"no room at {self.root} for {name} ({error.strerror}): free some space or move the archive"
                ) from error
            raise StoreFailed(f"{self.root / name}: {error.strerror}") from error

    def _ensure_folder(self, folder: Path) -> None:
        """Make a folder's entry durable, once per process: another may have made it and crashed before its flush."""
        relative = folder.relative_to(self.root)
        with self._lock:
            for path in (self.root / part for part in (*reversed(relative.parents), relative)):
                if path in self._durable_folders:
                    continue
                if path != self.root or not path.is_dir():  # what is above the root may not be ours to open
                    make_folder(path)
                self._durable_folders.add(path)


def _read_all(descriptor: int, offset: int, wanted: int) -> bytes:
    data = os.pread(descriptor, max(wanted, 0), offset)
    while 0 < len(data) < wanted:  # the kernel gives at most 2 GiB at once
        more = os.pread(descriptor, wanted - len(data), offset + len(data))
        if not more:
            break
        data += more
    return data


def _walk(root: Path, folder: str) -> Iterator[tuple[str, bool]]:
    """Yield what is below a folder and whether it is an object, in the order of the names' bytes."""
    try:
        with os.scandir(root / folder) as entries:
            found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise StoreFailed(f"{root / folder} can't be listed: {error.strerror}") from error
    prefix = f"{folder}/" if folder else ""
    # load-bearing: a folder sorts as its name with "/", so that "a-b" comes before "a/b" as in an object store
    for _, name, is_folder in sorted((f"{name}/" if is_folder else name, name, is_folder) for name, is_folder in found):
        if is_folder and is_component(name):
            yield from _walk(root, prefix + name)
        else:
            yield prefix + name, is_component(name)
