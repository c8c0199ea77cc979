"""Reads the facts of contents that have none yet out of the archive: after a rebuild, all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import transaction

from legalhold.archive import ArchiveError
from legalhold.catalog.capture.contents import BATCH_BYTES
from legalhold.catalog.facts.filling import KINDS_WITH_FACTS, TELLING_KINDS, facts_row, insert_facts
from legalhold.catalog.reading import ContentDamaged, open_content
from legalhold.database import rows
from legalhold.formats import ItemKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from legalhold.archive import Archive
    from legalhold.catalog.facts.filling import FactsRow

AT_ONCE: Final = 500
"""Contents per commit: what a crash repeats."""


def _list_of(kinds: Iterable[ItemKind]) -> str:
    return ", ".join(str(int(kind)) for kind in sorted(kinds))


_WITHOUT: Final = (
    f"SELECT COALESCE(MIN(CASE WHEN v.kind IN ({_list_of(KINDS_WITH_FACTS)}) THEN v.id END), MIN(v.id)),"
    " v.content_id FROM catalog_version v WHERE v.content_id > %s"
    f" AND v.kind IN ({_list_of(TELLING_KINDS)})"
    " AND NOT EXISTS (SELECT 1 FROM catalog_itemfacts f WHERE f.content_id = v.content_id)"
    " GROUP BY v.content_id ORDER BY v.content_id LIMIT %s"
)
"""A content captured as two kinds tells what it told the first time it told of itself."""


class Refilled(NamedTuple):
    """How many contents' facts were written, and the contents (by digest) whose bytes can't be read: they have none."""

    read: int
    unreadable: tuple[bytes, ...]


def refill_facts(*, archive: Archive) -> Refilled:
    """Write the facts of every content that should have some and can be read; may be run again."""
    read = after = 0
    unreadable: list[bytes] = []
    while found := rows.fetch(_WITHOUT, [after, AT_ONCE]):
        after = int(found[-1][1])
        facts = [(int(content), _facts(int(version), archive, unreadable)) for version, content in found]
        known = [(content, row) for content, row in facts if row is not None]
        with transaction.atomic():
            insert_facts(facts=known)
        read += len(known)
    return Refilled(read, tuple(unreadable))


def _facts(version_id: int, archive: Archive, unreadable: list[bytes]) -> FactsRow | None:
    kind, digest = rows.fetch(
        "SELECT v.kind, c.content_digest FROM catalog_version v JOIN catalog_content c ON c.id = v.content_id"
        " WHERE v.id = %s",
        [version_id],
    )[0]
    try:
        # As many of its bytes as a capture reads of it: the same facts come of them.
        data = b"".join(open_content(digest=bytes(digest), archive=archive, stop=BATCH_BYTES + 1))
    except (ArchiveError, ContentDamaged):
        unreadable.append(bytes(digest))
        return None
    return facts_row(kind=ItemKind(kind), data=data)
