"""What a scan of a data source tells: items found, folders listed, and what couldn't or shouldn't be captured.

Knows nothing of snapshots: what an item's absence means is decided by who keeps them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal, Protocol

from legalhold.formats import ItemKind
from legalhold.formats.eml import MailScan

Folder = tuple[bytes, ...]

PERMISSION_DENIED = "PermissionDenied"
UNREADABLE = "Unreadable"
VANISHED = "Vanished"
TRANSIENT_SERVICE_ERROR = "TransientServiceError"
UNSUPPORTED_ARTIFACT = "UnsupportedArtifact"
UNKNOWN_REASON = "Unknown"


class ItemNotReadable(Exception):
    """An item's bytes can't be had (any more); raised by `RawItem.open` and by reads of its stream.

    `reason` is a reason code of a not captured item, `detail` says what happened, in words.
    """

    def __init__(self, *, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class RawItem:
    """An item as found: where it is, what it is, and how to read exactly its bytes.

    `key` is unique per folder in one scan. `item_from` and `item_to` are aware; None is open. `cuts` are byte
    offsets inside a container at which its items begin and end. `flags` are facts of the place, not content: what a
    Maildir's file name tells, with the folder it was in (`new`, `cur:2,RS`).
    `scan` is what a look at a message told, where it saw exactly the bytes that `open` gives: nobody has to look twice.
    `open` gives a fresh stream each time; it and reads of its stream raise ItemNotReadable when the bytes are gone or
    changed since the scan saw them.
    """

    folder: Folder
    key: bytes
    name: bytes
    kind: ItemKind
    item_from: datetime | None
    item_to: datetime | None
    size_bytes: int | None
    open: Callable[[], BinaryIO]
    exceptions: tuple[str, ...] = ()
    cuts: tuple[int, ...] = ()
    flags: bytes = b""
    scan: MailScan | None = None


@dataclass(frozen=True, slots=True)
class FolderListed:
    """A folder whose listing ended without error; `folders` are the names of the folders seen in it.

    What was in the folder before and wasn't found now is gone; so is a folder of it that isn't named.
    """

    folder: Folder
    folders: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class NotCaptured:
    """Something found whose bytes can't be had. Where `key` is known, its earlier version has not vanished."""

    folder: Folder
    name: bytes
    reason: str
    detail: str
    key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Excluded:
    """Something left out by a named rule; a folder's name ends with a slash and stands for all that is in it."""

    folder: Folder
    name: bytes
    rule: str
    key: bytes | None = None


@dataclass(frozen=True, slots=True)
class FileOpened:
    """One entry of the source and what became of it: each has exactly one, after its items, of which its own is the last.

    A reader doesn't know yet that an item's bytes can't be had: who opens it then takes the entry as unreadable.
    """

    folder: Folder
    name: bytes
    as_: Literal["container", "single", "excluded", "unreadable"]


Finding = RawItem | FolderListed | NotCaptured | Excluded | FileOpened


@dataclass(frozen=True, slots=True)
class Origin:
    """Custody facts that only the connector knows; `digest` is the SHA-256 of the source when that is one file."""

    path: bytes
    format: str
    tool: str
    digest: bytes | None


class Connector(Protocol):
    """Reads one data source."""

    @property
    def origin(self) -> Origin:
        """Where the items come from; reads the whole source file where there is one."""

    def scan(self) -> Iterator[Finding]:
        """Yield what the source holds, ordered by bytes: an equal source gives an equal sequence."""
