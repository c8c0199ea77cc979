"""What ought to be kept, counted from the inputs alone: what every source showed at every stage."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from legalhold.formats import ItemKind
from legalhold.formats.exceptions import CONTAINER_REMAINDER

if TYPE_CHECKING:
    from tests.journeys.places import Shown

Entry = tuple[str, bytes, bytes, str]
"""Source key, folder, item key, digest: an item's version as the outside knows it."""


class Books:
    """Plain sets of what one custodian's sources showed."""

    def __init__(self) -> None:
        self.ever: set[Entry] = set()
        self.exported: Counter[str] = Counter()
        self._now: dict[str, set[Entry]] = {}
        self._items: set[Entry] = set()

    def capture(self, source: str, shown: list[Shown], *, excluded: int) -> dict[str, int]:
        """Enter what a source shows now; return what the ledger has to say of it, contents known or not taken together."""
        before = self._now.get(source, set())
        fresh = {_entry(source, item): item for item in shown}
        assert len(fresh) == len(shown)
        self._now[source] = set(fresh)
        for entry in set(fresh) - self.ever:
            if is_exported(fresh[entry]):
                self.exported[entry[3]] += 1
        self.ever |= set(fresh)
        items = {entry for entry, item in fresh.items() if item.kind is not ItemKind.CONTAINER}
        return {
            "items_found": len(items) + excluded,
            "unchanged": len(items & before),
            "captured": len(items - before),
            "excluded": excluded,
            "not_captured": 0,
        }

    @property
    def now(self) -> set[Entry]:
        """What the newest snapshots show."""
        return set().union(*self._now.values())

    def remove_sources(self) -> None:
        """Show nothing any more."""
        self._now = {source: set() for source in self._now}

    @property
    def sources(self) -> list[str]:
        """The keys of the sources entered."""
        return sorted(self._now)


def digests(entries: set[Entry]) -> set[str]:
    """Return the digests of entries."""
    return {entry[3] for entry in entries}


def is_exported(item: Shown) -> bool:
    """A container is exported only where its items lack some of its bytes."""
    return item.kind is not ItemKind.CONTAINER or CONTAINER_REMAINDER in item.exceptions


def _entry(source: str, item: Shown) -> Entry:
    return source, item.folder, item.key, item.digest
