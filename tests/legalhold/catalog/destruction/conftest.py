"""Runs of the gate as a command would make them, and versions whose bytes are in real packs."""

from __future__ import annotations

import hashlib
import io
import itertools
import random as randomness
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from legalhold.approvals.confirmation import Confirmation
from legalhold.archive import (
    LocalStore,
    PackReader,
    PackWriter,
    PartKind,
    StoreFull,
    create_archive,
    create_master_key,
    new_pack_name,
)
from legalhold.catalog import triggers
from legalhold.catalog.capture import Capture, begin_snapshot, complete_snapshot
from legalhold.catalog.capture.vanishing import look_for_vanished
from legalhold.catalog.destruction import execute, plan
from legalhold.catalog.models import Pack, Version
from legalhold.connectors import FolderListed, RawItem
from legalhold.database import counted
from legalhold.formats import ItemKind
from tests.acting import ACCESS

START = datetime(2026, 1, 1, tzinfo=UTC)


ITEMS = {f"item {number}".encode(): randomness.Random(number).randbytes(3000) for number in range(6)}


KEYS = list(ITEMS)


class FullStore(LocalStore):
    """A folder on a disk that has room for the journal's small objects, and for no pack."""

    def create(self, *, name, data):
        if name.startswith("packs/"):
            raise StoreFull(f"no room for {name}")
        super().create(name=name, data=data)


@pytest.fixture
def compact(db, archive, clock):
    """Plan and execute once, confirming whatever the plan asks."""
    counted.tick(reading=clock.reading())

    def run(*, grace_seconds=0, is_full=False, stopwatch=None, catch_up=lambda: None, archive=archive):
        planned = plan(is_full=is_full, grace_seconds=grace_seconds, reading=clock.reading(), access=ACCESS, at=clock())
        return execute(
            plan=planned,
            archive=archive,
            reading=clock.reading(),
            access=ACCESS,
            at=clock(),
            catch_up=catch_up,
            approval=Confirmation(planned.digest),
            **({"stopwatch": stopwatch} if stopwatch else {}),
        )

    return run


@pytest.fixture
def new_archive(tmp_path, random):
    """Create another empty archive: a catalog that was rolled back is older than the one it had."""
    numbers = itertools.count()

    def create():
        root = tmp_path / f"archive {next(numbers)}"
        return create_archive(
            root=root, master=create_master_key(root.with_suffix(".key"), random=random), random=random
        )

    return create


@pytest.fixture
def wait(clock):
    """Let days pass by both clocks."""
    return lambda days: clock.advance(timedelta(days=days))


@pytest.fixture
def stored(house, archive):
    """Write contents into one real pack and return their rows."""

    def store(*datas: bytes):
        writer = PackWriter(name=new_pack_name(archive.random), group=archive.group, random=archive.random)
        for data in datas:
            writer.add(kind=PartKind.DATA, digest=hashlib.sha256(data).digest(), data=data)
        whole = writer.finish()
        archive.store.create(name=writer.name, data=whole)
        pack = Pack.objects.create(
            name=writer.name, length=len(whole), state="live", key_group=archive.group.name, created_at=START
        )
        return pack, [
            house.content(data, pack=pack, entry=entry) for data, entry in zip(datas, writer.entries, strict=True)
        ]

    return store


@pytest.fixture
def ids():
    """The ids of all versions that are left."""
    return lambda: sorted(Version.objects.values_list("pk", flat=True))


def plain_packs(archive) -> bytes:
    """Everything that is in the packs, decrypted."""
    found = []
    for name in archive.store.names(prefix="packs/"):
        reader = PackReader(store=archive.store, name=name, keys=archive.keys)
        found += [reader.read(entry) for entry in reader.entries()]
    return b"".join(found)


@pytest.fixture
def mailbox(house, archive, clock):
    """Capture a source's whole content, given as keys of ``ITEMS``, as its next snapshot."""
    source = house.source()

    def capture(*keys: bytes, folder=b"Inbox"):
        at = clock.advance(timedelta(minutes=1))
        snapshot = begin_snapshot(source=source, taken_at=at, custody={"method": "test"}, at=at)
        taking = Capture(archive=archive, snapshot=snapshot, now=clock)
        for key in keys:
            data = ITEMS[key]
            taking.offer(
                item=RawItem(
                    folder=(folder,),
                    key=key,
                    name=key,
                    kind=ItemKind.FILE,
                    item_from=None,
                    item_to=None,
                    size_bytes=len(data),
                    open=lambda data=data: io.BytesIO(data),
                    exceptions=(),
                )
            )
        taking.list_folder(listing=FolderListed((), (folder,)))
        taking.list_folder(listing=FolderListed((folder,), ()))
        taking.flush()
        finished = []
        confirm = look_for_vanished(capture=taking).digest
        return complete_snapshot(capture=taking, ledger={}, confirm=confirm, at=at, then=finished.append)

    capture.source = source
    return capture


@pytest.fixture
def three(mailbox, house):
    """Six items, of which two vanish before the second snapshot and two before the third; the first two expired."""
    mailbox(*KEYS)
    mailbox(*KEYS[2:])
    mailbox(*KEYS[4:])
    house.expire(mailbox.source, 1, 2)
    return mailbox.source


@pytest.fixture
def lose(db):
    """Run a statement past the triggers, as a damaged or restored table looks."""

    def run(sql, params):
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL session_replication_role = replica")
            else:
                cursor.execute("DROP TRIGGER version_deleting_is_the_gates")
            cursor.execute(sql, params)
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL session_replication_role = origin")
        triggers.install(connection=connection)

    return run
