"""Fills an export with its rows: gathers, plans, records, and checks that every collected item has exactly one fate."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from exports.companions.read_me import Heading
from exports.gathering import gather
from exports.models import Export, ExportedItem
from exports.planning import plan_export
from exports.recording import forget, record
from legalhold.catalog.reading import suspect_contents

if TYPE_CHECKING:
    from exports.planning import Plan
    from legalhold.archive import Archive


class ExportUnbalanced(Exception):
    """An item of the collection has no fate, or more than one. This is a fault of ours; the export isn't made ready."""


def fill(*, export: Export, archive: Archive, is_as_before: bool = False) -> None:
    """Write all rows of an export that is being created, and set its counts and digest without saving them.

    ``is_as_before``: as exports were laid out before they had records, to come out with the same bytes.
    Raises ``ExportUnbalanced``.
    """
    forget(export=export)
    items = gather(collection=export.collection, is_first_clamped=not is_as_before)
    zone = ZoneInfo(export.zone)
    digests = {item.content_digest for item in items}
    suspects = frozenset() if is_as_before else suspect_contents(digests=digests, archive=archive)
    plan = plan_export(items=items, zone=zone, archive=archive, suspects=suspects)
    heading = Heading(
        matter=export.matter.name,
        name=export.name,
        scope=export.collection.description if export.shows_scope else "",
        captured_until=max(item.last.taken_at for item in items),
    )
    recorded = record(export=export, plan=plan, heading=heading, zone=zone)
    export.counts = counts_of(plan=plan, collected=export.collection.items)
    export.files, export.size_bytes = recorded.files, recorded.size_bytes
    export.manifest_digest = recorded.manifest_digest
    require_balance(export=export)


def counts_of(*, plan: Plan, collected: int) -> dict[str, object]:
    """Return an export's ledger: collected = exported + duplicates + withheld + not exported, and the marks by code."""
    marks = Counter(code for one in plan.exported for code in one.item.exceptions)
    return {
        "collected": collected,
        "exported": len(plan.exported),
        "duplicates": 0,
        "withheld": 0,
        "not_exported": len(plan.not_exported),
        "not_exported_reasons": dict(sorted(Counter(left.reason for left in plan.not_exported).items())),
        "earlier_versions": sum(one.later is not None for one in plan.exported),
        "exceptions": dict(sorted(marks.items())),
    }


def require_balance(*, export: Export) -> None:
    """Count the fates as they were written and raise ``ExportUnbalanced`` unless they are the collection's items."""
    counts = export.counts
    fates = sum(counts[fate] for fate in ("exported", "duplicates", "withheld", "not_exported"))
    written = ExportedItem.objects.filter(export_id=export.pk).count()
    if not counts["collected"] == fates == written:
        raise ExportUnbalanced(
            f"export {export.name!r}: collected {counts['collected']}, but {fates} fates counted and {written} written"
        )
