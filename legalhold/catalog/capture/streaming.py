"""Contents too large for memory: cut, hashed and stored part by part, again from the start if a sweep was faster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.archive import ContentDigester, NewPart, PartKind
from legalhold.catalog.capture.committing import ContentRow
from legalhold.catalog.capture.contents import recipe_of
from legalhold.catalog.capture.storing import store_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from legalhold.archive import ContentSummary
    from legalhold.catalog.capture.packing import PackFiller

WINDOW_BYTES = 8 * 1024 * 1024
"""Raw bytes looked up and stored at once."""

WINDOW_PARTS = 2_000


class ContentChanged(Exception):
    """A content gave other bytes when it was read again."""


class StreamedContent:
    """A content given as parts that can be asked for again; ``fill`` stores those that are missing."""

    def __init__(self, *, parts: Callable[[], Iterator[bytes]], kind: PartKind, filler: PackFiller) -> None:
        self._parts = parts
        self._kind = kind
        self._filler = filler
        self._is_filled = True
        self.summary = self._store()

    def row(self) -> ContentRow:
        """Return what to commit."""
        return ContentRow(self.summary, self._kind)

    def fill(self) -> None:
        """Store what is missing, reading everything again but for the first time. Raises ContentChanged."""
        if self._is_filled:
            self._is_filled = False
        elif self._store() != self.summary:
            raise ContentChanged("its bytes changed between two readings")

    def _store(self) -> ContentSummary:
        digester = ContentDigester()
        window: list[NewPart] = []
        window_bytes = 0
        for data in self._parts():
            window.append(NewPart(self._kind, digester.add(data), data))
            window_bytes += len(data)
            if window_bytes >= WINDOW_BYTES or len(window) >= WINDOW_PARTS:
                store_missing(parts=window, filler=self._filler)
                window, window_bytes = [], 0
        summary = digester.summary()
        if summary.needs_recipe:
            window.append(recipe_of(summary))
        store_missing(parts=window, filler=self._filler)
        return summary
