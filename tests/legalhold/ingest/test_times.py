"""When a snapshot may be said to be taken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from legalhold.catalog.capture import SnapshotNotLater
from legalhold.catalog.models import Snapshot, Source
from legalhold.ingest.models import Ingest
from legalhold.ingest.services import TakenInFuture, VanishedShare
from legalhold.retention.services import ProfileNumbers, set_profile


def test_snapshot_taken_before_the_newest_is_refused(desk):
    desk.write(a="one")
    desk.ingest()

    with pytest.raises(SnapshotNotLater):
        desk.ingest(taken_at=desk.clock.now - timedelta(days=1))

    assert (Snapshot.objects.count(), Ingest.objects.count()) == (1, 1)


def test_interrupted_ingest_of_an_earlier_time_goes_on_at_that_time(desk):
    desk.write(a="one", b="two")
    taken_at = desk.clock.now - timedelta(days=1)
    asked = []
    desk.ingest(taken_at=taken_at, stop=lambda: asked.append(1) or len(asked) > 1)

    report = desk.ingest(taken_at=taken_at)

    assert (report.state, report.ledger["unchanged"], report.ledger["captured_new"]) == ("complete", 1, 1)
    assert desk.shows(2) == {"a": b"one", "b": b"two"}
    assert [one.taken_at for one in Snapshot.objects.all()] == [taken_at, taken_at]
    with pytest.raises(SnapshotNotLater):
        desk.ingest(taken_at=taken_at)


def test_vanished_share_of_an_earlier_time_is_confirmed_at_that_time(desk):
    desk.write(a="one", b="two", c="three")
    desk.ingest(taken_at=desk.clock.now - timedelta(days=2))
    desk.write(a="one")
    taken_at = desk.clock.now - timedelta(days=1)
    with pytest.raises(VanishedShare) as asked:
        desk.ingest(taken_at=taken_at)
    with pytest.raises(SnapshotNotLater):
        desk.ingest(taken_at=taken_at - timedelta(seconds=1), confirm=asked.value.digest)

    report = desk.ingest(taken_at=taken_at, confirm=asked.value.digest)

    assert (report.state, report.sequence, report.ledger["closed"]) == ("complete", 3, 2)


def test_data_of_a_time_that_has_not_come_is_refused_before_anything_is_written(desk):
    desk.write(a="one")

    with pytest.raises(TakenInFuture, match=r"is later: say when .* with its zone"):
        desk.ingest(taken_at=desk.clock() + timedelta(minutes=1, seconds=1))

    assert (Source.objects.count(), Ingest.objects.count(), Snapshot.objects.count()) == (0, 0, 0)


def test_next_capture_is_due_an_interval_after_the_one_that_ended(desk):
    numbers = ProfileNumbers(capture_every_hours=24)
    set_profile(name="Daily", numbers=numbers, is_default=True, access=desk.access, at=desk.clock.now)
    desk.write(a="one")

    taken_at = desk.clock.now - timedelta(hours=3)

    desk.ingest(taken_at=taken_at)

    assert Source.objects.get().capture_due_at == taken_at + timedelta(hours=24)
