"""Decides what an export shows: each item's fate, number, path, form and bytes. Reads only what must be wrapped or is suspect."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from exports.models import ExportFile
from exports.trees.counsel import Placed, lay_out
from exports.trees.wrapping import as_shown, needs_wrapper
from legalhold.archive.errors import ArchiveError
from legalhold.catalog.reading import ContentDamaged, ContentUnknown, open_content
from legalhold.formats import ItemKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from exports.gathering import Gathered
    from legalhold.archive import Archive

READ_ME = "READ ME FIRST.html"
INDEX = "index.csv"
EXCEPTIONS = "exceptions.csv"
VERIFY_FOLDER = "_verify"
MANIFEST = "manifest-sha256.txt"
RESERVED = (READ_ME, INDEX, EXCEPTIONS, VERIFY_FOLDER)
UNREADABLE = "Unreadable"
CALENDAR_KINDS = frozenset({ItemKind.EVENT, ItemKind.TASK, ItemKind.NOTE})
MEDIA_TYPES = {
    ItemKind.MESSAGE: "message/rfc822",
    ItemKind.EVENT: "text/calendar",
    ItemKind.TASK: "text/calendar",
    ItemKind.NOTE: "text/calendar",
    ItemKind.CONTACT: "text/vcard",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """The bytes an item is shown as, by digest and length, and how they come from what was captured."""

    form: ExportFile.Form
    digest: bytes
    size_bytes: int
    crc32: int


@dataclass(frozen=True, slots=True)
class Exported:
    """An item that is exported. ``later`` is the control number of the newest version, where this one was superseded."""

    item: Gathered
    number: int
    path: tuple[str, ...]
    shown: Shown
    later: int | None

    @property
    def control_number(self) -> str:
        """The number as it is written."""
        return control_number(self.number)

    @property
    def modified_at(self) -> datetime:
        """The time its file bears: sent, start, its own, or when it was first captured."""
        return self.item.dated_at or self.item.first.taken_at

    @property
    def created_at(self) -> datetime:
        """When it came into being, as far as it says so."""
        item = self.item
        return item.item_from if item.kind == ItemKind.FILE and item.item_from is not None else self.modified_at


@dataclass(frozen=True, slots=True)
class NotExported:
    """An item that isn't exported, by reason code, and what happened."""

    item: Gathered
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of every collected item."""

    exported: tuple[Exported, ...]
    not_exported: tuple[NotExported, ...]


class _Unreadable(Exception):
    pass


def control_number(number: int) -> str:
    """Return a control number as it is written: fixed width, so that names sort by it."""
    return f"LH{number:08}"


def plan_export(
    *, items: Sequence[Gathered], zone: ZoneInfo, archive: Archive, suspects: Collection[bytes] = frozenset()
) -> Plan:
    """Return the fate of every item; control numbers follow the order of ``items``.

    Of the items that are shown as captured only ``suspects`` (digests) are read.
    """
    readable: list[tuple[Gathered, Shown]] = []
    not_exported: list[NotExported] = []
    for item in items:
        try:
            readable.append((item, _shown(item, archive, suspects)))
        except _Unreadable as error:
            not_exported.append(NotExported(item, UNREADABLE, str(error)))
    newest = _newest([item for item, _ in readable])
    laters = [_later(item, number, newest) for number, (item, _) in enumerate(readable, start=1)]
    placed = [
        _placed(item, number, is_earlier=laters[number - 1] is not None)
        for number, (item, _) in enumerate(readable, start=1)
    ]
    paths = lay_out(items=placed, zone=zone, reserved=RESERVED)
    exported = [
        Exported(item, number, paths[number - 1], shown, laters[number - 1])
        for number, (item, shown) in enumerate(readable, start=1)
    ]
    return Plan(exported=tuple(exported), not_exported=tuple(not_exported))


def _shown(item: Gathered, archive: Archive, suspects: Collection[bytes]) -> Shown:
    exact = Shown(ExportFile.Form.EXACT, item.content_digest, item.size_bytes, item.crc32)
    is_looked_into = item.kind in CALENDAR_KINDS
    if not is_looked_into and item.content_digest not in suspects:
        return exact
    try:
        blocks = open_content(digest=item.content_digest, archive=archive)
        content = b"".join(block for block in blocks if is_looked_into)
    except (ArchiveError, ContentDamaged, ContentUnknown, OSError) as error:
        raise _Unreadable(str(error)) from error
    if not is_looked_into or not needs_wrapper(content=content):
        return exact
    data = as_shown(content=content)
    return Shown(ExportFile.Form.WRAPPED, sha256(data).digest(), len(data), zlib.crc32(data))


def _newest(items: Sequence[Gathered]) -> dict[tuple[object, ...], tuple[int, int]]:
    """Return the newest version of each place, as the snapshot it was first seen in and its number."""
    newest: dict[tuple[object, ...], tuple[int, int]] = {}
    for number, item in enumerate(items, start=1):
        version = (item.first.sequence, number)
        newest[_place(item)] = max(newest.get(_place(item), version), version)
    return newest


def _later(item: Gathered, number: int, newest: dict[tuple[object, ...], tuple[int, int]]) -> int | None:
    latest = newest[_place(item)][1]
    return latest if latest != number else None


def _place(item: Gathered) -> tuple[object, ...]:
    return item.source_id, item.folder, item.item_key


def _placed(item: Gathered, number: int, *, is_earlier: bool) -> Placed:
    return Placed(
        number=control_number(number),
        custodian=item.custodians[0] if item.custodians else "",
        source=item.source,
        folder=item.folder,
        name=item.name,
        kind=item.kind,
        dated_at=item.dated_at,
        sender=_sender(item.said.sender),
        subject=item.said.subject,
        is_earlier=is_earlier,
    )


def _sender(text: str) -> str:
    """Return a sender's name; the address where there is no name."""
    name, _, address = text.partition("<")
    return name.strip(' "') or address.strip(" >")
