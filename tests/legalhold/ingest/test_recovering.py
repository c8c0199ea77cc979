"""What a process that was killed left open is finished: what it had captured is kept, nothing is taken as gone."""

from __future__ import annotations

import os

import pytest

from legalhold.archive import failpoints
from legalhold.audit.models import AuditEvent
from legalhold.catalog.models import Snapshot
from legalhold.ingest.models import Ingest
from legalhold.ingest.services import recover_ingests


@pytest.fixture(autouse=True)
def _disarmed():
    yield
    failpoints.disarm()


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))


class Crash(BaseException):
    """Stands for the process being killed."""


def crash():
    raise Crash


@pytest.mark.parametrize("name", ["capture.pack_file", "capture.after_commit", "capture.before_complete"])
def test_crashed_ingest_is_finished_by_the_next_one(desk, name):
    desk.write(a="one", b="two")
    failpoints.arm(name=name, action=crash)
    with pytest.raises(Crash):
        desk.ingest()

    report = desk.ingest()

    assert (report.sequence, report.state) == (2, "complete")
    assert desk.shows(2) == {"a": b"one", "b": b"two"}
    crashed = Ingest.objects.get(sequence=1)
    assert (crashed.state, crashed.because) == ("failed", "Crash")
    assert Snapshot.objects.get(sequence=1).state == "partial"
    assert verbs() == ["source.created", "ingest.started", "ingest.failed", "ingest.started", "ingest.completed"]


def test_killed_ingest_is_finished_at_start(desk):
    desk.write(a="one")
    failpoints.arm(name="capture.after_commit", action=crash)
    with pytest.raises(Crash):
        desk.ingest()
    Ingest.objects.update(because="")

    finished = recover_ingests(archive=desk.archive, by="system:tester", now=desk.clock)

    assert finished == 1
    assert Ingest.objects.get().because == "its process ended before it did"
    assert recover_ingests(archive=desk.archive, by="system:tester", now=desk.clock) == 0


def test_failed_ingest_keeps_why(desk):
    desk.write(a="one")
    failpoints.arm(name="capture.before_commit", action=lambda: (_ for _ in ()).throw(OSError("disk full")))

    with pytest.raises(OSError, match="disk full"):
        desk.ingest()

    assert Ingest.objects.get().because == "OSError: disk full"


def test_failed_ingest_keeps_why_where_it_names_a_file_that_is_no_text(desk):
    desk.write(a="one")
    error = OSError(f"{os.fsdecode(bytes([0xFF]))} is gone")
    failpoints.arm(name="capture.before_commit", action=lambda: (_ for _ in ()).throw(error))

    with pytest.raises(OSError, match="is gone"):
        desk.ingest()

    assert Ingest.objects.get().because == "OSError: \\udcff is gone"
