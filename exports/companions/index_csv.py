"""``index.csv``: one row for each exported item, with where it came from and what it is. Columns: docs/format/export.md."""

from __future__ import annotations

from collections import defaultdict
from hashlib import md5
from typing import TYPE_CHECKING

from exports.companions.cells import moment, table
from exports.models import ExportFile
from exports.planning import control_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from exports.gathering import Gathered, Seen
    from exports.planning import Exported

COLUMNS = (
    "Control number",
    "Path",
    "Original path",
    "Custodians",
    "Source",
    "Kind",
    "Subject",
    "From",
    "To",
    "Cc",
    "Date",
    "Sent",
    "Start",
    "End",
    "Time zone",
    "Attachments",
    "Size in bytes",
    "SHA-256",
    "Form",
    "Captured SHA-256",
    "Message-ID",
    "MIH",
    "Exceptions",
    "First snapshot",
    "Last snapshot",
    "Earlier version of",
    "All custodians",
    "All original paths",
)
SEPARATOR = "; "


def index_csv(*, exported: Sequence[Exported], zone: ZoneInfo) -> Iterator[bytes]:
    """Yield the index's bytes, in the order of control numbers."""
    copies = _copies(exported)

    def rows() -> Iterator[Sequence[str]]:
        yield COLUMNS
        for one in exported:
            yield _row(one, zone, copies[one.item.content_digest])

    return table(rows=rows())


def original_path(item: Gathered) -> str:
    """Return where an item was in its source, as text."""
    return b"/".join(part for part in (item.folder, item.name) if part).decode("utf-8", "replace")


def message_id_hash(message_id: str) -> str:
    """Return EDRM's message identification hash: MD5 of the Message-ID with its brackets; empty without one."""
    return md5(message_id.encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper() if message_id else ""


def _copies(exported: Sequence[Exported]) -> Mapping[bytes, list[Gathered]]:
    copies: dict[bytes, list[Gathered]] = defaultdict(list)
    for one in exported:
        copies[one.item.content_digest].append(one.item)
    return copies


def _row(one: Exported, zone: ZoneInfo, copies: Sequence[Gathered]) -> tuple[str, ...]:
    item, said = one.item, one.item.said
    return (
        one.control_number,
        "/".join(one.path),
        original_path(item),
        SEPARATOR.join(item.custodians),
        item.source,
        item.kind.name.lower(),
        said.subject,
        said.sender,
        SEPARATOR.join(said.to),
        SEPARATOR.join(said.cc),
        moment(at=item.dated_at, zone=zone),
        moment(at=said.sent_at, zone=zone),
        moment(at=said.start_at, zone=zone),
        moment(at=said.end_at, zone=zone),
        str(zone),
        SEPARATOR.join(said.attachments),
        str(one.shown.size_bytes),
        one.shown.digest.hex(),
        "wrapped" if one.shown.form == ExportFile.Form.WRAPPED else "as captured",
        item.content_digest.hex(),
        said.message_id if item.kind.name == "MESSAGE" else "",
        message_id_hash(said.message_id) if item.kind.name == "MESSAGE" else "",
        SEPARATOR.join(item.exceptions),
        _seen(item.first, zone),
        _seen(item.last, zone),
        control_number(one.later) if one.later is not None else "",
        SEPARATOR.join(sorted({name for copy in copies for name in copy.custodians})),
        SEPARATOR.join(sorted({f"{copy.source}: {original_path(copy)}" for copy in copies})),
    )


def _seen(seen: Seen, zone: ZoneInfo) -> str:
    return f"{seen.sequence} ({moment(at=seen.taken_at, zone=zone)})"
