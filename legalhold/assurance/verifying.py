"""Checks an archive against itself and the catalog against it: every byte of every pack, and that nothing is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from legalhold.archive import Damage, JournalBroken, PackReader, verify_pack
from legalhold.archive.errors import ArchiveError
from legalhold.assurance.recipes import compare_recipes
from legalhold.catalog.destruction import files_without_row
from legalhold.catalog.models import Pack, Part
from legalhold.database import rows
from legalhold.journal.queries import journal_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from legalhold.archive import Archive

_DANGLING: Final = {
    "versions without a content": "SELECT COUNT(*) FROM catalog_version v"
    " WHERE NOT EXISTS (SELECT 1 FROM catalog_content c WHERE c.id = v.content_id)",
    "versions whose content is marked dead": "SELECT COUNT(*) FROM catalog_version v"
    " JOIN catalog_content c ON c.id = v.content_id WHERE c.dead_at IS NOT NULL",
    "kept contents that are missing or marked dead": "SELECT COUNT(*) FROM catalog_keptcontent k WHERE k.ended_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM catalog_content c WHERE c.id = k.content_id AND c.dead_at IS NULL)",
    "contents without parts": "SELECT COUNT(*) FROM catalog_content c"
    " WHERE NOT EXISTS (SELECT 1 FROM catalog_contentpart l WHERE l.content_id = c.id)",
    "contents with a part that isn't there": "SELECT COUNT(*) FROM catalog_contentpart l"
    " WHERE NOT EXISTS (SELECT 1 FROM catalog_part p WHERE p.id = l.part_id)",
    "parts without a live pack": "SELECT COUNT(*) FROM catalog_part p"
    " WHERE NOT EXISTS (SELECT 1 FROM catalog_pack k WHERE k.id = p.pack_id AND k.state = 'live')",
}


@dataclass(slots=True)
class Verified:
    """What was checked and what was found. ``strays`` are packs that no row names: reported, never deleted.

    ``unfinished`` are files that are being written, or whose writing was cut short a short while ago.
    """

    packs: int = 0
    parts: int = 0
    size_bytes: int = 0
    journal_objects: int = 0
    damages: list[Damage] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    frozen_because: str = ""

    @property
    def is_good(self) -> bool:
        """Whether nothing is damaged or missing; a stray file harms nothing."""
        return not self.damages and not self.frozen_because


def verify_archive(*, archive: Archive, is_full: bool, progress: Callable[[int, int, int], None]) -> Verified:
    """Check journal, catalog and every pack; ``is_full`` also decompresses and hashes every part, and compares recipes.

    ``progress`` is told packs done, bytes done, and packs in all. Changes nothing.
    """
    done = Verified(frozen_because=journal_state().frozen_because)
    _verify_journal(archive, done)
    for what, count in _DANGLING.items():
        [[number]] = rows.fetch(count)
        if number:
            done.damages.append(Damage("the catalog", 0, f"{number} {what}"))
    packs = list(Pack.objects.filter(state=Pack.State.LIVE).order_by("name"))
    for number, pack in enumerate(packs, start=1):
        _verify_pack(archive, pack, done, is_full=is_full)
        progress(number, done.size_bytes, len(packs))
    if is_full:
        done.damages += compare_recipes(archive=archive)
    done.strays = sorted(files_without_row(archive=archive))
    done.unfinished = [each.path for each in archive.store.unfinished()]
    return done


def _verify_journal(archive: Archive, done: Verified) -> None:
    try:
        for _ in archive.journal.verify():
            done.journal_objects += 1
    except JournalBroken as error:
        done.damages.append(Damage("journal", 0, str(error)))


def _verify_pack(archive: Archive, pack: Pack, done: Verified, *, is_full: bool) -> None:
    damages = list(_damages(archive, pack, is_full=is_full))
    # A compaction that runs meanwhile may have emptied and unlinked it: then it isn't missing.
    if damages and not Pack.objects.filter(pk=pack.pk, state=Pack.State.LIVE).exists():
        return
    done.damages += damages
    done.packs += 1
    done.size_bytes += pack.length
    done.parts += Part.objects.filter(pack_id=pack.pk).count()


def _damages(archive: Archive, pack: Pack, *, is_full: bool) -> Iterator[Damage]:
    damages = verify_pack(archive.store, archive.keys, pack.name, full=is_full)
    yield from damages
    try:
        listed = PackReader(store=archive.store, name=pack.name, keys=archive.keys).entries()
    except ArchiveError as error:
        if not damages:
            yield Damage(pack.name, 0, str(error))
        return
    held = {(int(entry.kind), entry.digest, entry.offset, entry.length) for entry in listed}
    for part in Part.objects.filter(pack_id=pack.pk).order_by("offset"):
        if (part.kind, bytes(part.part_digest), part.offset, part.length) not in held:
            yield Damage(pack.name, part.offset, f"the catalog's part {bytes(part.part_digest).hex()} isn't there")
