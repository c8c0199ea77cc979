"""A run that fails says what it had done, also where the database can't take its end any more."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from legalhold.catalog.destruction import close_interrupted
from legalhold.catalog.destruction import run as runs
from legalhold.catalog.models import CompactionRun, Version

NOTE = "versions condemned before that: 3, destroyed: 3; the next compaction goes on from there"


class IndexFailed(Exception):
    """What happens after versions were destroyed."""


@pytest.fixture
def fail(house):
    """What a run fails with that has three versions to destroy, which nothing keeps."""
    source = house.source(house.custodian(), snapshots=3)
    house.expire(source, 1)
    for last in (1, 1, 1, None):
        house.version(source, 1, *([last] if last else []))

    def fail():
        raise IndexFailed

    return fail


def test_failed_run_carries_what_it_destroyed(compact, fail):
    with pytest.raises(IndexFailed) as failed:
        compact(catch_up=fail)

    assert (failed.value.__notes__, Version.objects.count()) == ([NOTE], 1)
    assert CompactionRun.objects.get().state == "failed"


def test_run_whose_end_the_database_refuses_says_why_it_failed_and_is_closed_later(compact, fail, monkeypatch, clock):
    def refuse(*_given):
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as full:
        full.setattr(runs, "_finish", refuse)
        with pytest.raises(IndexFailed) as failed:
            compact(catch_up=fail)
    state = CompactionRun.objects.get().state

    assert (failed.value.__notes__, state) == ([NOTE], "running")
    assert close_interrupted(by="system:next", at=clock()) == 1
    assert CompactionRun.objects.get().counts["versions_destroyed"] == 3
