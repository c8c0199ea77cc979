"""What a source showed before this snapshot, place by place; what a scan doesn't meet again is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from legalhold.catalog.capture.places import folder_ids, folder_of
from legalhold.catalog.held import FIRST_PLAUSIBLE_US, LAST_PLAUSIBLE_US
from legalhold.catalog.models import LIVE
from legalhold.database import rows
from legalhold.database.fields import micros_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from legalhold.connectors import Folder, RawItem


class LiveItem(NamedTuple):
    """An item as the source showed it last: its version, its content, and what a pin judges it by (dates in microseconds)."""

    version_id: int
    content_digest: bytes
    kind: int
    item_from: int | None
    item_to: int | None

    def reaches(self, *, item: RawItem) -> bool:
        """Tell whether every pin that would match ``item``, as it is found now, matches this version: by kind and dates."""
        found = micros_or_none(item.item_from), micros_or_none(item.item_to)
        if self.kind != item.kind or found == (self.item_from, self.item_to):
            return self.kind == item.kind
        found_from, found_to = _judged(*found)
        known_from, known_to = _judged(self.item_from, self.item_to)
        begins_before = known_from is None or (found_from is not None and known_from <= found_from)
        return begins_before and (known_to is None or (found_to is not None and known_to >= found_to))


class ItemMetTwice(Exception):
    """A scan gave two items at one place."""


class LiveItems:
    """The live versions of a source that began before ``sequence``, loaded folder by folder as a scan comes to them."""

    def __init__(self, *, source_id: int, sequence: int) -> None:
        self.folders = folder_ids(source_id=source_id)
        self._source_id = source_id
        self._sequence = sequence
        self._by_folder: dict[bytes, dict[bytes, LiveItem | None]] = {}

    def find(self, *, folder: bytes, key: bytes) -> LiveItem | None:
        """Return what was at a place; None if nothing. Raises ItemMetTwice once it was met."""
        found = self._of(folder)
        if key in found and found[key] is None:
            raise ItemMetTwice("the scan gave another item with the same key in this folder")
        return found.get(key)

    def meet(self, *, folder: bytes, key: bytes) -> None:
        """Note that something is at a place still, whatever it is: its version has not vanished."""
        self._of(folder)[key] = None

    def vanished(self, *, listed: Mapping[Folder, frozenset[bytes]], unclear: frozenset[bytes]) -> Iterator[int]:
        """Yield the versions that weren't met in folders that were listed, or whose folder a listed one doesn't name.

        ``listed`` gives the names of the folders seen in each folder whose listing ended without error; in the
        folders ``unclear`` something wasn't captured that could be any item.
        """
        for path in sorted(self.folders):
            if path not in unclear and _is_accounted_for(folder_of(path), listed):
                yield from sorted(item.version_id for item in self._of(path).values() if item is not None)

    def _of(self, folder: bytes) -> dict[bytes, LiveItem | None]:
        found = self._by_folder.get(folder)
        if found is None:
            found = self._by_folder[folder] = self._load(folder)
        return found

    def _load(self, folder: bytes) -> dict[bytes, LiveItem | None]:
        if folder not in self.folders:
            return {}
        found = rows.fetch(
            "SELECT v.item_key, v.id, c.content_digest, v.kind, v.item_from, v.item_to"
            " FROM catalog_version v JOIN catalog_content c ON c.id = v.content_id"
            f" WHERE v.source_id = %s AND v.folder_id = %s AND v.last_seen = {LIVE} AND v.first_seen < %s",
            [self._source_id, self.folders[folder], self._sequence],
        )
        return {
            bytes(key): LiveItem(int(version_id), bytes(digest), *judged) for key, version_id, digest, *judged in found
        }


def _judged(item_from: int | None, item_to: int | None) -> tuple[int | None, int | None]:
    """Give dates as pins take them: what is implausible or contradicts itself is open on both sides."""
    known = [at for at in (item_from, item_to) if at is not None]
    is_plausible = all(FIRST_PLAUSIBLE_US <= at <= LAST_PLAUSIBLE_US for at in known)
    return (item_from, item_to) if is_plausible and known == sorted(known) else (None, None)


def _is_accounted_for(folder: Folder, listed: Mapping[Folder, frozenset[bytes]]) -> bool:
    """Whether the scan saw all of a folder, or saw that it is gone: unless the nearest listed folder above doesn't name it."""
    for depth in range(len(folder), -1, -1):
        names = listed.get(folder[:depth])
        if names is not None:
            return depth == len(folder) or folder[depth] not in names
    return False
