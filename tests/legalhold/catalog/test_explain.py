"""Every phase of a version, told with its reasons."""

from __future__ import annotations

import pytest

from legalhold.catalog.explain import VersionUnknown, explain_version
from legalhold.catalog.models import Snapshot, Tombstone, Version


@pytest.fixture
def source(house):
    source = house.source(snapshots=3)
    house.expire(source, 1)
    return source


def test_kept_version_names_its_snapshots_and_pins(house, source):
    Snapshot.objects.filter(sequence=2).update(kept_by="weekly")
    version = house.version(source, 1)
    pin = house.pin("source", on=source)
    house.pin("source", on=house.source())

    told = explain_version(version_id=version.pk)

    assert (told.phase, [row.sequence for row in told.snapshots], told.pins) == ("kept", [2, 3], (pin,))
    assert told.lines == ("in snapshot 2, kept by weekly", "in snapshot 3, kept", f"held by {pin.label}")


def test_expired_version_is_kept_by_pins_alone(house, source):
    version = house.version(source, 1, 1)
    pin = house.freeze(version)

    told = explain_version(version_id=version.pk)

    assert (told.phase, told.snapshots, told.pins) == ("expired", (), (pin,))


def test_condemned_and_destroyable_versions_say_since_when(house, source, at):
    version = house.version(source, 1, 1, condemned_at=at, condemned_counted_us=0)
    assert explain_version(version_id=version.pk).lines == ("condemned since 2026-03-02 12:00 UTC",)

    Version.objects.update(destroyable_at=at)

    assert explain_version(version_id=version.pk).lines == ("destroyable since 2026-03-02 12:00 UTC",)


def test_destroyed_version_names_run_and_reason(house, source, at):
    key = "00000000-0000-0000-0000-000000000001"
    Tombstone.objects.create(
        version_id=77, source_id=source.pk, version_digest=b"", content_digest=b"", kind=1, size_bytes=1,
        first_seen=1, last_seen=1, run_key=key, because="snapshots 1–1 expired", destroyed_at=at,
    )  # fmt: skip

    told = explain_version(version_id=77)

    assert told.phase == "destroyed"
    assert told.lines == (f"destroyed 2026-03-02 12:00 UTC by run {key}: snapshots 1–1 expired",)


def test_unknown_version_is_refused(db):
    with pytest.raises(VersionUnknown, match="no version 5"):
        explain_version(version_id=5)
