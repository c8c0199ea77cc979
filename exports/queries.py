"""Reading exports, within what an access may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from exports.models import Export, ExportedItem
from exports.rules import may_read
from exports.trees.export import ExportTree
from legalhold.accounts.roles import Permission
from legalhold.matters.access import require
from legalhold.matters.queries import visible_matters

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from legalhold.archive import Archive
    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter


class ExportUnknown(Exception):
    """No export that this person may see has that key or name."""


def visible_exports(*, access: Access, matter: Matter | None = None) -> QuerySet[Export]:
    """Return the exports of the matters that ``access`` reaches, newest first."""
    require(access=access, permission=Permission.READ_MATTERS, matter=matter)
    exports = Export.objects.filter(matter__in=visible_matters(access=access)).select_related("matter", "collection")
    return (exports.filter(matter=matter) if matter is not None else exports).order_by("-pk")


def find_export(*, text: str, access: Access, matter: Matter | None = None) -> Export:
    """Return the export with that key or name. Raises ``ExportUnknown``, for one of a foreign matter too."""
    try:
        by = Q(key=UUID(text))
    except ValueError:
        by = Q(name=text)
    found = list(visible_exports(access=access, matter=matter).filter(by)[:2])
    if len(found) != 1:
        why = "no export has" if not found else "exports of several matters have"
        raise ExportUnknown(f"{why} the key or name {text!r}; `export list` lists yours with their keys")
    return found[0]


def open_export(*, export: Export, archive: Archive, access: Access) -> ExportTree:
    """Return what an export shows. Raises ``NotAllowed``, ``ExportNotReady``."""
    may_read(access=access, matter=export.matter)
    return ExportTree(export=export, archive=archive)


def fates_of(*, export: Export, access: Access) -> QuerySet[ExportedItem]:
    """Return what became of each collected item, in the order of control numbers; those without one last."""
    may_read(access=access, matter=export.matter)
    return ExportedItem.objects.filter(export_id=export.pk).order_by("control_number", "pk")


def ledger_lines(*, export: Export) -> list[str]:
    """Return an export's ledger as lines of text: what was not exported first, also when it is nothing."""
    counts = export.counts
    lines = [
        f"not exported   {counts['not_exported']}",
        f"withheld       {counts['withheld']}",
        f"duplicates     {counts['duplicates']}",
        f"exported       {counts['exported']}",
        f"collected      {counts['collected']}  = not exported + withheld + duplicates + exported",
        f"of the exported: {counts['earlier_versions']} earlier versions",
    ]
    return lines + [f"of the exported, marked {code}: {number}" for code, number in counts["exceptions"].items()]
