"""What a source doesn't show any more, and when that is so much that a person must confirm it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from legalhold.catalog.capture.versions import count_live_items
from legalhold.catalog.digests import set_digest
from legalhold.catalog.identities import read_identities
from legalhold.formats import ItemKind

if TYPE_CHECKING:
    from legalhold.catalog.capture.capturing import Capture

MOST_VANISHED_PERCENT: Final = 30
"""More gone at once than this is a wrong path or an empty mount more often than people deleting."""

IDENTITIES_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Vanished:
    """Versions that a scan didn't meet again; ``items`` of the ``of_items`` shown before, containers aside.

    ``digest`` names exactly this set, in whichever snapshot it is found again.
    """

    versions: tuple[int, ...]
    items: int
    of_items: int
    digest: str

    @property
    def asks(self) -> bool:
        """Whether closing them needs a person's confirmation."""
        return self.items * 100 > self.of_items * MOST_VANISHED_PERCENT


def look_for_vanished(*, capture: Capture) -> Vanished:
    """Return what the capture's listings show to be gone."""
    snapshot = capture.snapshot
    versions = tuple(capture.live.vanished(listed=capture.listed, unclear=frozenset(capture.unclear)))
    digests: list[bytes] = []
    items = 0
    for start in range(0, len(versions), IDENTITIES_AT_ONCE):
        found = read_identities(versions=versions[start : start + IDENTITIES_AT_ONCE])
        digests.extend(identity.version_digest for identity in found)
        items += sum(identity.kind != ItemKind.CONTAINER for identity in found)
    before = count_live_items(source_id=snapshot.source_id, before=snapshot.sequence, container=int(ItemKind.CONTAINER))
    return Vanished(versions=versions, items=items, of_items=before, digest=set_digest(digests).hex())
