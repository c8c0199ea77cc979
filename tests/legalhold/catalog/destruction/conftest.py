"""Runs of the gate as a command would make them, and versions whose bytes are in real packs."""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from legalhold.approvals.confirmation import Confirmation
from legalhold.archive import PackWriter, PartKind, create_archive, create_master_key, new_pack_name
from legalhold.catalog.destruction import execute, plan
from legalhold.catalog.models import Pack, Version
from legalhold.database import counted
from tests.acting import ACCESS

START = datetime(2026, 1, 1, tzinfo=UTC)


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
