"""Counts for the screen: what was ever captured of two people's mail, what is gone, and what only the hold keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from legalhold.catalog.destruction.reclaimable import is_reclaimable
from legalhold.catalog.held import is_held
from legalhold.catalog.models import Source, SourceCustodian, Tombstone, Version
from legalhold.database import rows
from legalhold.formats import ItemKind

if TYPE_CHECKING:
    from legalhold.custodians.models import Custodian


@dataclass(frozen=True, slots=True)
class Side:
    """One custodian's messages. ``only_by_hold`` are those that nothing but the hold keeps."""

    name: str
    ever_captured: int
    kept: int
    destroyed: int
    only_by_hold: int


def count_side(*, custodian: Custodian) -> Side:
    """Return the counts of a custodian's messages, tombstones included."""
    links = SourceCustodian.objects.filter(custodian=custodian, source__kind=Source.Kind.MAILBOX)
    sources = list(links.values_list("source_id", flat=True))
    kept = Version.objects.filter(source_id__in=sources, kind=ItemKind.MESSAGE).count()
    destroyed = Tombstone.objects.filter(source_id__in=sources, kind=ItemKind.MESSAGE).count()
    return Side(
        name=custodian.name,
        ever_captured=kept + destroyed,
        kept=kept,
        destroyed=destroyed,
        only_by_hold=_only_by_hold(sources),
    )


def _only_by_hold(sources: list[int]) -> int:
    """Count the messages that compaction would take if no pin held them."""
    condition = f"{is_reclaimable(version='v')} AND {is_held(version='v')}"
    [(number,)] = rows.fetch(
        f"SELECT COUNT(*) FROM catalog_version v WHERE {rows.any_id('v.source_id')} AND v.kind = %s AND {condition}",
        [rows.ids(sources), int(ItemKind.MESSAGE)],
    )
    return int(number)
