"""What races: rows for many short histories, the two sides of each, and the count of what was lost in the end.

A history of a hold: two compactors condemn, mature and destroy a source's versions while a pin is placed on it, or on its
custodian, or while the source becomes a pinned custodian's. Lost is what was there when placing had returned and isn't
there in the end. A history of an ingest: a version, its content and part are destroyed and swept by two compactors while
an ingest captures the same bytes again. Lost is a version whose content, part or pack isn't whole in the end.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from legalhold.catalog import associations, pins
from legalhold.catalog.capture import Capture, begin_snapshot, complete_snapshot
from legalhold.catalog.capture.vanishing import look_for_vanished
from legalhold.catalog.destruction import destroy, marking, sweep
from legalhold.catalog.destruction.pace import Pace
from legalhold.catalog.destruction.running import Running
from legalhold.catalog.models import CompactionRun, Pin, Snapshot, Source
from legalhold.connectors import FolderListed, RawItem
from legalhold.custodians.models import Custodian
from legalhold.database import guard
from legalhold.database.rows import any_id, execute, fetch, ids, insert_rows
from legalhold.formats import ItemKind

START = datetime(2026, 1, 1, tzinfo=UTC)
NEWEST = 3
VERSIONS = 10
"""Versions of one source in a history of a hold."""
LONG_PLACING_SECONDS = 0.008
"""What every second placing still does between its rescue and its commit, as one of hundreds of custodians would."""


@dataclass
class HoldHistory:
    """One source whose versions may go, and whom it is pinned by."""

    source: Source
    custodian: Custodian
    is_associated: bool
    versions: list[int]


def running() -> Running:
    """A compaction in progress, as each racing compactor has one."""
    with transaction.atomic():
        run = CompactionRun.objects.create(grace_seconds=0, plan_digest=b"", started_at=START)
    return Running(run, None, "system:race", START, time.monotonic)


# ── holds ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def prepare_holds(count: int, archive, label: str) -> list[HoldHistory]:
    """Give each history a source of its own, captured by plain rows: two snapshots, the first expired."""
    histories = []
    with guard.exclusive():
        for number in range(count):
            custodian = Custodian.objects.create(name=f"{label} {number}", created_at=START)
            is_associated = number % 3 != 2
            source = associations.create_source(
                name=f"{label} {number}",
                kind="mailbox",
                custodian=custodian if is_associated else None,
                from_at=START,
                at=START,
            )
            for sequence in (1, 2):
                Snapshot.objects.create(
                    source=source, sequence=sequence, state="complete", taken_at=START + timedelta(days=sequence),
                    expired_at=START if sequence == 1 else None,
                )  # fmt: skip
            histories.append(HoldHistory(source, custodian, is_associated, []))
        _insert_versions(histories, label)
        for history in histories:
            if not history.is_associated:
                pins.place_pins(specs=[_pin(history, Pin.Target.CUSTODIAN)], at=START)
    by_source: dict[int, list[int]] = {}
    for number, source in fetch("SELECT id, source_id FROM catalog_version"):
        by_source.setdefault(source, []).append(number)
    for history in histories:
        history.versions = by_source[history.source.pk]
    return histories


def _insert_versions(histories: list[HoldHistory], label: str) -> None:
    names = [f"{label} {history.source.pk} {number}".encode() for history in histories for number in range(VERSIONS)]
    insert_rows(
        table="catalog_content", columns=("content_digest", "size_bytes", "crc32"),
        rows=[(name.rjust(32)[-32:], 1, 0) for name in names],
    )  # fmt: skip
    contents = {bytes(digest): number for number, digest in fetch("SELECT id, content_digest FROM catalog_content")}
    for history in histories:
        insert_rows(
            table="catalog_folder",
            columns=("source_id", "path", "path_key", "display"),
            rows=[(history.source.pk, b"", b"", "")],
        )
    folders = dict(fetch("SELECT source_id, id FROM catalog_folder"))
    insert_rows(
        table="catalog_version",
        columns=("source_id", "folder_id", "item_key", "name", "kind", "first_seen", "last_seen", "size_bytes", "content_id",
                 "exceptions"),
        rows=[
            (history.source.pk, folders[history.source.pk], b"%d" % number, b"name", 1, 1, 1, 1,
             contents[f"{label} {history.source.pk} {number}".encode().rjust(32)[-32:]], "")
            for history in histories for number in range(VERSIONS)
        ],
    )  # fmt: skip


def _pin(history: HoldHistory, target: str) -> pins.PinSpec:
    on = {"source": history.source} if target == Pin.Target.SOURCE else {"custodian": history.custodian}
    return pins.PinSpec(label="race", owner="hold:race", target=target, **on)


def compact_source(history: HoldHistory, run: Running) -> None:
    """What a run with no grace does to this source's versions."""
    marking.condemn(versions=history.versions, counted_us=1, at=START, pace=run.pace())
    marking.mature(versions=history.versions, grace_seconds=0, counted_us=1, at=START, pace=run.pace())
    destroy.destroy(versions=history.versions, running=run)


def place(history: HoldHistory, number: int) -> list[int]:
    """Place, in one of three ways, and return what was there when that had returned."""
    with guard.exclusive():
        if not history.is_associated:
            associations.associate(source=history.source, custodian=history.custodian, from_at=START, at=START)
        else:
            pins.place_pins(specs=[_pin(history, Pin.Target.CUSTODIAN if number % 2 else Pin.Target.SOURCE)], at=START)
        if number % 2:
            time.sleep(LONG_PLACING_SECONDS)
    return [row[0] for row in fetch(f"SELECT id FROM catalog_version WHERE {any_id('id')}", [ids(history.versions)])]


def lost_versions(seen: list[list[int]]) -> tuple[int, int]:
    """Return how many histories lost something, and how many versions they lost."""
    there = {row[0] for row in fetch("SELECT id FROM catalog_version")}
    gone = [len(set(some) - there) for some in seen]
    return sum(bool(one) for one in gone), sum(gone)


# ── ingests ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class IngestHistory:
    """A version that may go, the only one of its content, and the bytes that are captured again meanwhile."""

    version: int
    data: bytes


def item(number: int, data: bytes) -> RawItem:
    return RawItem(folder=(), key=b"%d" % number, name=b"name", kind=ItemKind.FILE, item_from=None, item_to=None,
                   size_bytes=len(data), open=lambda: io.BytesIO(data), exceptions=())  # fmt: skip


def prepare_ingests(count: int, archive, label: str) -> list[IngestHistory]:
    """Capture every content once, let it vanish, and condemn it: all by the services."""
    datas = [f"{label} {number} ".encode() * 20 for number in range(count)]
    with guard.exclusive():
        source = associations.create_source(name=label, kind="device_files", custodian=None, from_at=START, at=START)
    for day, some in ((1, datas), (2, [b"stays"])):
        capture = begin(source, archive, day)
        for number, data in enumerate(some):
            capture.offer(item=item(number, data))
        capture.list_folder(listing=FolderListed((), ()))
        capture.flush()
        complete_snapshot(
            capture=capture,
            ledger={},
            confirm=look_for_vanished(capture=capture).digest,
            at=START,
            then=lambda done: None,
        )
    with transaction.atomic():
        execute("UPDATE catalog_snapshot SET expired_at = 1 WHERE source_id = %s AND sequence = 1", [source.pk])
    versions = [
        row[0]
        for row in fetch(
            "SELECT id FROM catalog_version WHERE source_id = %s AND last_seen = 1 ORDER BY id", [source.pk]
        )
    ]
    pace = Pace(stopwatch=time.monotonic)
    marking.condemn(versions=versions, counted_us=1, at=START, pace=pace)
    marking.mature(versions=versions, grace_seconds=0, counted_us=1, at=START, pace=pace)
    keys = dict(fetch("SELECT id, item_key FROM catalog_version WHERE source_id = %s", [source.pk]))
    return [IngestHistory(number, datas[int(bytes(keys[number]))]) for number in versions]


def begin(source: Source, archive, day: int) -> Capture:
    """Open a snapshot of ``source``."""
    at = START + timedelta(days=day)
    with transaction.atomic():
        snapshot = begin_snapshot(source=source, taken_at=at, custody={}, at=at)
    return Capture(archive=archive, snapshot=snapshot, now=lambda: START)


def begin_again(label: str, archive) -> Capture:
    """Open the snapshot that captures everything again, of another source."""
    with guard.exclusive():
        source = associations.create_source(
            name=f"{label} again", kind="device_files", custodian=None, from_at=START, at=START
        )
    return begin(source, archive, NEWEST)


def destroy_and_sweep(history: IngestHistory, run: Running) -> None:
    """What a run does once a version's grace is over, down to its parts."""
    destroy.destroy(versions=[history.version], running=run)
    sweep.sweep(running=run)


def capture_again(capture: Capture, number: int, history: IngestHistory) -> None:
    """Capture the same bytes from another source, committed at once."""
    capture.offer(item=item(number, history.data))
    capture.flush()


def lost_contents(source: int) -> tuple[int, int]:
    """Return how many versions of ``source`` aren't whole, and how many more have a mark that is wrong."""
    whole = (
        "EXISTS (SELECT 1 FROM catalog_content c JOIN catalog_contentpart l ON l.content_id = c.id"
        " JOIN catalog_part p ON p.id = l.part_id JOIN catalog_pack k ON k.id = p.pack_id"
        " WHERE c.id = v.content_id AND k.state = 'live'{})"
    )
    rows = "SELECT COUNT(*) FROM catalog_version v WHERE v.source_id = %s AND NOT "
    [[lost]] = fetch(rows + whole.format(""), [source])
    [[wrong]] = fetch(rows + whole.format(" AND c.dead_at IS NULL AND p.dead_at IS NULL"), [source])
    return lost, wrong - lost
