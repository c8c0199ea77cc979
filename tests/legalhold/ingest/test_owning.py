"""One ingest of a source at a time, whoever runs it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from legalhold.catalog.models import Snapshot, Source
from legalhold.ingest.owning import SourceBusy, owning
from legalhold.ingest.services import recover_ingests


def in_another_thread(act) -> list[object]:
    """Run ``act`` with a connection of its own; returns what it gave or raised."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(act())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=30)
    return results


def own(source_id: int) -> str:
    with owning(source_id=source_id, name="Files"):
        return "owned"


def test_source_is_owned_by_one_at_a_time(transactional_db):
    with owning(source_id=7, name="Files"):
        [refused] = in_another_thread(lambda: own(7))
        [other] = in_another_thread(lambda: own(8))

    [after] = in_another_thread(lambda: own(7))
    assert isinstance(refused, SourceBusy)
    assert str(refused) == "another ingest of source 'Files' is running; wait until it has ended"
    assert (other, after) == ("owned", "owned")


def test_source_is_free_after_a_failure(transactional_db):
    with pytest.raises(ZeroDivisionError), owning(source_id=7, name="Files"):
        raise ZeroDivisionError

    assert in_another_thread(lambda: own(7)) == ["owned"]


def test_ingest_of_a_source_that_is_owned_is_refused(transactional_db, desk):
    desk.write(a="one")
    desk.ingest()
    source = Source.objects.get()

    with owning(source_id=source.pk, name=source.name):
        [refused] = in_another_thread(desk.ingest)

    assert isinstance(refused, SourceBusy)
    assert desk.ingest().sequence == 2


def test_ingest_that_still_runs_is_not_finished_by_another(transactional_db, desk):
    desk.write(a="one")
    key = desk.ingest().source_key
    source = Source.objects.get(key=key)
    Snapshot.objects.create(source=source, sequence=2, taken_at=desk.clock.advance(timedelta(minutes=1)))

    with owning(source_id=source.pk, name=source.name):
        finished = in_another_thread(lambda: recover_ingests(archive=desk.archive, by="system:tester", now=desk.clock))

    assert finished == [0]
    assert Snapshot.objects.get(sequence=2).state == "open"
