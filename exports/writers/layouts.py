"""ZIP layouts kept for who reads them range by range: made one at a time, and bounded in files all together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from exports.models import Export
    from exports.writers.zip64 import ZipFile

MOST_FILES: Final = 1_000_000
"""A file's place in a ZIP takes some 200 bytes of memory, most of it its path."""


class Layouts:
    """The layouts used last; ``build`` makes one. Safe for threads: who asks for one that is being made waits for it."""

    def __init__(self, *, build: Callable[[Export], ZipFile], most_files: int = MOST_FILES) -> None:
        self._build, self._most_files = build, most_files
        self._kept: dict[UUID, ZipFile] = {}
        self._making = threading.Lock()

    def of(self, *, export: Export) -> ZipFile:
        """Return an export's layout; the one used longest ago makes room."""
        with self._making:
            found = self._kept.pop(export.key, None) or self._build(export)
            self._kept[export.key] = found
            while len(self._kept) > 1 and sum(each.files for each in self._kept.values()) > self._most_files:
                del self._kept[next(iter(self._kept))]
            return found
