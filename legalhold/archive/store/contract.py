"""What every store of the archive promises, local folder or object store; one conformance suite checks it."""

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from legalhold.archive.errors import ArchiveError

_COMPONENT = r"[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9_-]+)*"
_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
LONGEST_NAME = 200


class NameUnusable(ArchiveError):
    """An object can't have this name."""


class ObjectExists(ArchiveError):
    """An object of this name exists already; objects are never overwritten."""


class ObjectMissing(ArchiveError):
    """There is no object of this name."""


class ObjectTruncated(ArchiveError):
    """An object ends before the bytes asked for."""


class StoreFailed(ArchiveError):
    """The system refused an operation on an object."""


class StoreFull(StoreFailed):
    """There is no room left for another object; nothing was written."""


class WriterStopped(StoreFailed):
    """A flush to disk failed once, so what is durable is unknown; the store takes no more objects until a restart."""


class Unfinished(NamedTuple):
    """What is left of writing an object, or is being written now: its path, and its last change in seconds since 1970 UTC.

    It may hold the whole object.
    """

    path: str
    changed_at: float


class Store(Protocol):
    """Named immutable objects.

    Names are lower-case ASCII letters, digits, `_`, `-`, single dots and `/` between components; none is the folder of
    another. Safe for threads and for several processes. Every method raises NameUnusable for another name and
    StoreFailed for what the system refuses.
    """

    def create(self, *, name: str, data: bytes) -> None:
        """Store an object; durable on return. Raises ObjectExists, StoreFull or WriterStopped.

        Of several creators of one name exactly one succeeds. Nobody ever sees a part of an object.
        """

    def read(self, *, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """Return `length` bytes from `offset`, or all to the end. Raises ObjectMissing, ObjectTruncated when short."""

    def size(self, *, name: str) -> int:
        """Return an object's length in bytes. Raises ObjectMissing."""

    def names(self, *, prefix: str) -> Iterator[str]:
        """Yield the names that begin with `prefix`, sorted by their bytes; all for the empty prefix."""

    def delete(self, *, name: str) -> None:
        """Destroy an object and what is left of writing it; durable on return, nothing happens if there is none.

        Has one caller in the house: the gate in `legalhold.catalog.destruction`.
        """

    def unfinished(self) -> Iterator[Unfinished]:
        """Yield what is left of writing objects, of processes that are gone and of those that are writing now."""

    def discard(self, *, unfinished: Unfinished) -> None:
        """Destroy what is left of writing an object; durable on return, nothing happens if it is gone. As `delete`."""


def check_name(name: str) -> str:
    """Return the name if an object may have it. Raises NameUnusable."""
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise NameUnusable(f"{name!r} can't be an object's name: use lower-case letters, digits, _ - . and /")
    return name


def is_component(name: str) -> bool:
    """Say whether a file or folder of this name may be a component of an object's name."""
    return re.fullmatch(_COMPONENT, name) is not None
