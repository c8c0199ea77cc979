"""Where the archive's objects are kept: named bytes, created once, never changed. Knows no format and no key."""

from legalhold.archive.store.contract import (
    NameUnusable,
    ObjectExists,
    ObjectMissing,
    ObjectTruncated,
    Store,
    StoreFailed,
    StoreFull,
    Unfinished,
    WriterStopped,
)
from legalhold.archive.store.local import LocalStore

__all__ = [
    "LocalStore",
    "NameUnusable",
    "ObjectExists",
    "ObjectMissing",
    "ObjectTruncated",
    "Store",
    "StoreFailed",
    "StoreFull",
    "Unfinished",
    "WriterStopped",
]
