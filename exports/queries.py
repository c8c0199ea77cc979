"""Reading exports, within what an access may be shown."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db.models import F, Q

from exports.models import Export, ExportedItem
from exports.rules import may_read
from exports.trees.export import ExportTree
from legalhold.accounts.roles import Permission
from legalhold.catalog.reading import shown_versions
from legalhold.matters.access import require
from legalhold.matters.queries import visible_matters

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from legalhold.archive import Archive
    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter


class LeftOut(NamedTuple):
    """An item that wasn't exported. ``path`` is where it was in its source; empty where its version is gone."""

    path: str
    reason: str


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
    found = list(visible_exports(access=access, matter=matter).filter(by))
    if not found:
        raise ExportUnknown(f"no export has the key or name {text!r}; `export list` lists yours")
    if len(found) > 1:
        keys = ", ".join(f"{each.key} (matter {each.matter.name})" for each in found)
        raise ExportUnknown(f"exports of several matters are called {text!r}; give the key of one of them: {keys}")
    return found[0]


def open_export(*, export: Export, archive: Archive, access: Access) -> ExportTree:
    """Return what an export shows. Raises ``NotAllowed``, ``ExportNotReady``."""
    may_read(access=access, matter=export.matter)
    return ExportTree(export=export, archive=archive)


def fates_of(*, export: Export, access: Access) -> QuerySet[ExportedItem]:
    """Return what became of each collected item, in the order of control numbers; those without one last."""
    may_read(access=access, matter=export.matter)
    fates = ExportedItem.objects.filter(export_id=export.pk)
    return fates.order_by(F("control_number").asc(nulls_last=True), "pk")


def not_exported(*, export: Export, access: Access) -> list[LeftOut]:
    """Return the items of an export that aren't in it, each by its path in the source and the reason's code."""
    left = fates_of(export=export, access=access).filter(fate=ExportedItem.Fate.NOT_EXPORTED)
    reasons = list(left.values_list("version_id", "reason"))
    shown = shown_versions(versions=[version for version, _ in reasons if version is not None])
    paths: dict[int | None, bytes] = {
        one.version_id: b"/".join(part for part in (one.folder, one.name) if part) for one in shown
    }
    return [LeftOut(paths.get(version, b"").decode("utf-8", "replace"), reason) for version, reason in reasons]


def verified_line(*, export: Export) -> str:
    """Return when every byte of an export was last read, and what was found, in words."""
    if export.verified_at is None:
        return "never verified"
    return f"verified on {export.verified_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {export.findings:,} findings"


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
