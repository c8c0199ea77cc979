"""The counsel layout: where each item of an export is shown, by custodian, what it is, its folder and its date.

Knows no table and no bytes. Equal items give equal paths, whatever their ids are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from exports.trees.names import MARK_UNITS, cut, readable, split_extension, units
from exports.trees.placing import FOLDER_ENTRIES, PATH_UNITS, Branch, Leaf, Step, name_paths
from legalhold.formats import ItemKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

EARLIER = "Earlier versions"
UNDATED = "Undated"
SHARED = "Shared sources"
CATEGORIES = {
    ItemKind.MESSAGE: "Mail",
    ItemKind.EVENT: "Calendar",
    ItemKind.TASK: "Calendar",
    ItemKind.CONTACT: "Contacts",
    ItemKind.NOTE: "Notes",
    ItemKind.CHAT: "Chats",
}
EXTENSIONS = {
    ItemKind.MESSAGE: ".eml",
    ItemKind.EVENT: ".ics",
    ItemKind.TASK: ".ics",
    ItemKind.NOTE: ".ics",
    ItemKind.CONTACT: ".vcf",
}
CUSTODIAN_UNITS = 40
SOURCE_UNITS = 32
SENDER_UNITS = 30
# What is left for an item's own name and the folders by date and number, whatever its folders are called.
RESERVED_UNITS = 41 + 8 + 20
_PLAUSIBLE_YEARS = range(1900, 2200)


@dataclass(frozen=True, slots=True)
class Placed:
    """What the layout needs of an item. ``custodian`` is empty where the source is nobody's; ``source`` is unique."""

    number: str
    custodian: str
    source: str
    folder: bytes
    name: bytes
    kind: ItemKind
    dated_at: datetime | None
    sender: str
    subject: str
    is_earlier: bool


def lay_out(*, items: Sequence[Placed], zone: ZoneInfo, reserved: Iterable[str] = ()) -> list[tuple[str, ...]]:
    """Return each item's path in the order of ``items``; no root entry takes a ``reserved`` name."""
    layout = _Layout(items, zone, tuple(reserved))
    paths = layout.paths(strict=frozenset())
    too_long: frozenset[int] = frozenset()
    # Names that had to be told apart grew longer than foreseen: their folders are counted at their longest.
    while grown := {index for index, path in enumerate(paths) if units("/".join(path)) > PATH_UNITS} - too_long:
        too_long |= grown
        paths = layout.paths(strict=too_long)
    return paths


class _Layout:
    """What is known of all items before any is placed."""

    def __init__(self, items: Sequence[Placed], zone: ZoneInfo, reserved: tuple[str, ...]) -> None:
        self.items, self.zone, self.reserved = items, zone, reserved
        self.sources = _sources_shown(items)
        self.crowded = _crowded_years(items, zone)

    def paths(self, *, strict: frozenset[int]) -> list[tuple[str, ...]]:
        """Return each item's path; the folders of the ``strict`` ones are counted at their longest."""
        root = Branch()
        for index, item in enumerate(self.items):
            root.add(steps=self._steps(item, is_strict=index in strict), leaf=_leaf(index, item, self.zone))
        return name_paths(root=root, count=len(self.items), reserved=self.reserved)

    def _steps(self, item: Placed, *, is_strict: bool) -> list[Step]:
        steps = _shelf_steps(item, is_source_shown=_shelf(item) in self.sources)
        taken = sum(step.foreseen_units(is_strict=is_strict) + 1 for step in steps)
        budget = PATH_UNITS - RESERVED_UNITS - taken
        dates = _date_names(item, self.zone, is_crowded=_year_key(item, self.zone) in self.crowded)
        return [
            *steps,
            *_folder_steps(item.folder, budget=budget, is_strict=is_strict),
            *(Step.fixed(name) for name in dates),
        ]


def _shelf(item: Placed) -> tuple[str, str]:
    return item.custodian, _category(item)


def _category(item: Placed) -> str:
    return CATEGORIES.get(item.kind, "Files")


def _sources_shown(items: Sequence[Placed]) -> set[tuple[str, str]]:
    """Return the shelves on which a source has a folder of its own: files always, others where there are several."""
    counts = Counter(shelf for shelf, _ in {(_shelf(item), item.source) for item in items})
    return {shelf for shelf, count in counts.items() if count > 1 or shelf[1] == "Files" or not shelf[0]}


def _crowded_years(items: Sequence[Placed], zone: ZoneInfo) -> set[tuple[object, ...]]:
    """Return the years of calendars that hold more than a folder may: they are split by month."""
    counts = Counter(_year_key(item, zone) for item in items if _category(item) == "Calendar")
    return {key for key, count in counts.items() if count > FOLDER_ENTRIES}


def _year_key(item: Placed, zone: ZoneInfo) -> tuple[object, ...]:
    local = _local(item, zone)
    return item.custodian, item.is_earlier, item.source, item.folder, local.year if local else None


def _shelf_steps(item: Placed, *, is_source_shown: bool) -> list[Step]:
    steps = [Step(original=item.custodian.encode(), limit=CUSTODIAN_UNITS) if item.custodian else Step.fixed(SHARED)]
    if item.is_earlier:
        steps.append(Step.fixed(EARLIER))
    steps.append(Step.fixed(_category(item)))
    if is_source_shown:
        steps.append(Step(original=item.source.encode(), limit=SOURCE_UNITS))
    return steps


def _folder_steps(folder: bytes, *, budget: int, is_strict: bool) -> list[Step]:
    """Return the folders of an item; where they don't fit, one that bears the mark of all that are left out."""
    names = folder.split(b"/") if folder else []
    steps = [Step(original=name) for name in names]
    sizes = [step.foreseen_units(is_strict=is_strict) + 1 for step in steps]
    if sum(sizes) <= budget:
        return steps
    room = budget - MARK_UNITS - 1
    kept = 0
    while sizes[kept] <= room:
        room -= sizes[kept]
        kept += 1
    rest = b"/".join(names[kept:])
    return [*steps[:kept], Step.fixed(f"~{sha256(rest).hexdigest()[:12]}")]


def _date_names(item: Placed, zone: ZoneInfo, *, is_crowded: bool) -> list[str]:
    category = _category(item)
    if category not in {"Mail", "Calendar"}:
        return []
    local = _local(item, zone)
    if local is None:
        return [UNDATED]
    is_by_month = category == "Mail" or is_crowded
    return [f"{local.year:04}", f"{local.month:02}"] if is_by_month else [f"{local.year:04}"]


def _local(item: Placed, zone: ZoneInfo) -> datetime | None:
    at = item.dated_at
    return at.astimezone(zone) if at is not None and at.year in _PLAUSIBLE_YEARS else None


def _leaf(index: int, item: Placed, zone: ZoneInfo) -> Leaf:
    if item.kind not in EXTENSIONS:
        stem, extension = split_extension(readable(item.name))
        return Leaf(index=index, number=item.number, stem=stem, extension=extension, original=item.name)
    return Leaf(
        index=index, number=item.number, stem=_title(item, zone), extension=EXTENSIONS[item.kind], original=None
    )


def _title(item: Placed, zone: ZoneInfo) -> str:
    subject = item.subject or readable(item.name)
    if item.kind == ItemKind.CONTACT:
        return subject
    local = _local(item, zone)
    date = f"{local.year:04}-{local.month:02}-{local.day:02} {local.hour:02}{local.minute:02} " if local else ""
    if item.kind != ItemKind.MESSAGE:
        return f"{date}{subject}"
    return f"{date}{cut(item.sender or 'Unknown sender', limit=SENDER_UNITS)} - {item.subject or 'No subject'}"
