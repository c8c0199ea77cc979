"""What lies in the packs and is named by nothing: captures that were never acknowledged, and what was destroyed since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from legalhold.archive import PartKind
from legalhold.database import rows

if TYPE_CHECKING:
    from collections.abc import Collection

_UNUSED: Final = "NOT EXISTS (SELECT 1 FROM catalog_contentpart l WHERE l.part_id = p.id)"

_MANIFESTS: Final = f"SELECT p.part_digest FROM catalog_part p WHERE p.kind = {int(PartKind.MANIFEST)} AND {_UNUSED}"

_PACKS: Final = (
    "SELECT k.name FROM catalog_pack k WHERE k.state = 'live' AND NOT EXISTS (SELECT 1 FROM catalog_part p"
    " JOIN catalog_contentpart l ON l.part_id = p.id WHERE p.pack_id = k.id) ORDER BY k.name"
)


def unnamed_manifests(*, named: Collection[bytes]) -> tuple[str, ...]:
    """Return the digests (hex) of manifest parts that no snapshot has, without those in ``named``: the journal's."""
    found = {bytes(row[0]) for row in rows.fetch(_MANIFESTS)}
    return tuple(sorted(digest.hex() for digest in found.difference(named)))


def unused_packs() -> tuple[str, ...]:
    """Return the names of live packs in which no content has a part."""
    return tuple(str(row[0]) for row in rows.fetch(_PACKS))
