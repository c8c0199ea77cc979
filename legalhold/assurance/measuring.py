"""How much an installation keeps, and in how little: figures for people, and for tests that compare them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from legalhold.database import rows
from legalhold.journal.queries import journal_state

if TYPE_CHECKING:
    from legalhold.archive import Archive
    from legalhold.journal.queries import JournalState


@dataclass(frozen=True, slots=True)
class ArchiveStats:
    """Counts and bytes. ``captured_bytes`` counts each version's, ``content_bytes`` each content once, ``pack_bytes`` the files."""

    sources: int
    snapshots: int
    versions: int
    captured_bytes: int
    contents: int
    content_bytes: int
    parts: int
    packs: int
    pack_bytes: int
    tombstones: int
    journal: JournalState


def measure_archive(*, archive: Archive) -> ArchiveStats:
    """Return what the catalog knows, and the length of the packs as they lie in the store."""
    versions, captured = _row("SELECT COUNT(*), COALESCE(SUM(size_bytes), 0) FROM catalog_version")
    contents, content_bytes = _row("SELECT COUNT(*), COALESCE(SUM(size_bytes), 0) FROM catalog_content")
    names = list(archive.store.names(prefix="packs/"))
    return ArchiveStats(
        sources=_row("SELECT COUNT(*) FROM catalog_source")[0],
        snapshots=_row("SELECT COUNT(*) FROM catalog_snapshot")[0],
        versions=versions,
        captured_bytes=captured,
        contents=contents,
        content_bytes=content_bytes,
        parts=_row("SELECT COUNT(*) FROM catalog_part")[0],
        packs=len(names),
        pack_bytes=sum(archive.store.size(name=name) for name in names),
        tombstones=_row("SELECT COUNT(*) FROM catalog_tombstone")[0],
        journal=journal_state(),
    )


def _row(select: str) -> tuple[int, ...]:
    return tuple(int(number) for number in rows.fetch(select)[0])
