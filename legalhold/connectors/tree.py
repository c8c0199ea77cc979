"""Walking a file tree on raw names, in byte order, and handing each regular file to a reader of its format."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from legalhold.connectors import items
from legalhold.connectors.exclusions import Exclusions
from legalhold.connectors.items import Excluded, FileOpened, Finding, Folder, FolderListed, NotCaptured
from legalhold.connectors.keys import path_key
from legalhold.connectors.reading import FileStamp, is_unchanged, reason_for, stamp_of


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file of the source. `is_source` says that the source is this file and nothing else.

    `item_key` is its key where that isn't its path.
    """

    folder: Folder
    name: bytes
    path: bytes
    stamp: FileStamp
    is_source: bool = False
    item_key: bytes | None = None

    @property
    def key(self) -> bytes:
        """The item key of a file that is one item: made of its raw path below the source's root, unless told otherwise."""
        return path_key((*self.folder, self.name)) if self.item_key is None else self.item_key

    @property
    def inner_folder(self) -> Folder:
        """The folder of what is inside, if it is a container."""
        return self.folder if self.is_source else (*self.folder, self.name)

    @property
    def modified_at(self) -> datetime | None:
        """The file's own modification time; None if no calendar has it."""
        try:
            return datetime.fromtimestamp(self.stamp.modified_ns / 1e9, tz=UTC)
        except (ValueError, OverflowError, OSError):
            return None

    def opened(self, as_: str) -> FileOpened:
        """Tell what became of it."""
        return FileOpened(self.folder, self.name, as_)  # type: ignore[arg-type]  # a literal at every call

    def not_captured(self, *, reason: str, detail: str) -> Iterator[Finding]:
        """Tell that it can't be had; its earlier version hasn't vanished."""
        yield NotCaptured(self.folder, self.name, reason, detail, self.key)
        yield self.opened("unreadable")


Reader = Callable[[FoundFile], Iterator[Finding]]


@dataclass(slots=True)
class _Listing:
    """One folder's entries in byte order; `error` is what ended the listing early."""

    entries: list["os.DirEntry[bytes]"]
    error: OSError | None


def scan_file(*, path: bytes, read: Reader) -> Iterator[Finding]:
    """Scan a source that is one file."""
    opened_as = ""
    found = found_source(path)
    for finding in read(found):
        if isinstance(finding, FileOpened):
            opened_as = finding.as_
        yield finding
    if opened_as == "single" and is_unchanged(path, found.stamp):
        yield FolderListed(())


def found_source(path: bytes) -> FoundFile:
    """Give the file that is the whole source."""
    return FoundFile((), os.path.basename(path), path, stamp_of(os.stat(path)), is_source=True)  # noqa: PTH116, PTH119


def scan_tree(*, root: bytes, exclude: Exclusions, read: Reader) -> Iterator[Finding]:
    """Scan a folder and all below it: each folder's files first, then what was listed, then its folders."""
    pending: list[Folder] = [()]
    while pending:
        folder = pending.pop()
        listing = list_folder(root, folder)
        below: list[bytes] = []
        held: list[bytes] = []
        for entry in listing.entries:
            yield from _entry(root, folder, entry, exclude, read, below, held)
        if listing.error is None:
            yield FolderListed(folder, tuple(sorted(set(below + held))))
        else:
            yield from folder_not_listed(folder, listing.error)
        pending.extend((*folder, name) for name in reversed(below))


def list_folder(root: bytes, folder: Folder) -> _Listing:
    """List one folder, ordered by bytes."""
    entries: list[os.DirEntry[bytes]] = []
    error: OSError | None = None
    try:
        with os.scandir(b"/".join((root, *folder))) as found:
            entries.extend(found)
    except OSError as failure:
        error = failure
    return _Listing(sorted(entries, key=lambda entry: entry.name), error)


def folder_not_listed(folder: Folder, error: OSError) -> Iterator[Finding]:
    """Tell that a folder's listing failed: nothing in it may be taken as vanished."""
    parent, name = (folder[:-1], folder[-1]) if folder else ((), b"")
    yield NotCaptured(parent, name + b"/", reason_for(error), str(error))
    yield FileOpened(parent, name + b"/", "unreadable")


def special_file(
    folder: Folder, entry: "os.DirEntry[bytes]", mode: int, *, item_key: bytes | None = None
) -> Iterator[Finding]:
    """Tell of a symbolic link, socket, pipe or device: it is named, never followed and never opened.

    `item_key` is the key it has as an item where that isn't its path.
    """
    detail = "a special file (socket, pipe or device)"
    if stat.S_ISLNK(mode):
        try:
            target = os.readlink(entry.path)  # noqa: PTH115 - names are bytes
        except OSError as error:
            target = str(error).encode()
        detail = "a symbolic link to " + target.decode("utf-8", "backslashreplace")
    key = path_key((*folder, entry.name)) if item_key is None else item_key
    yield NotCaptured(folder, entry.name, items.UNSUPPORTED_ARTIFACT, detail, key)
    yield FileOpened(folder, entry.name, "unreadable")


def excluded(folder: Folder, name: bytes, rule: str, *, item_key: bytes | None = None) -> Iterator[Finding]:
    """Tell that a rule leaves this out; `item_key` is the key it has as an item where that isn't its path."""
    yield Excluded(folder, name, rule, path_key((*folder, name)) if item_key is None else item_key)
    yield FileOpened(folder, name, "excluded")


def _entry(
    root: bytes,
    folder: Folder,
    entry: "os.DirEntry[bytes]",
    exclude: Exclusions,
    read: Reader,
    below: list[bytes],
    held: list[bytes],
) -> Iterator[Finding]:
    """Tell of one entry; note folders to go on with in `below`, other names that may hold items in `held`."""
    path = b"/".join((root, *folder, entry.name))
    rule = exclude.rule_for(path=b"/".join((*folder, entry.name)))
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        held.append(entry.name)
        yield NotCaptured(folder, entry.name, reason_for(error), str(error), path_key((*folder, entry.name)))
        yield FileOpened(folder, entry.name, "unreadable")
        return
    if stat.S_ISDIR(status.st_mode):
        if rule is None:
            below.append(entry.name)
        else:
            held.append(entry.name)
            yield from excluded(folder, entry.name + b"/", rule)
    elif rule is not None:
        held.append(entry.name)
        yield from excluded(folder, entry.name, rule)
    elif not stat.S_ISREG(status.st_mode):
        held.append(entry.name)
        yield from special_file(folder, entry, status.st_mode)
    else:
        for finding in read(FoundFile(folder, entry.name, path, stamp_of(status))):
            if isinstance(finding, FileOpened) and finding.as_ != "single":
                held.append(entry.name)
            yield finding
