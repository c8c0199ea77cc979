"""An act that is committed and can't be made durable fails, and says that it is done."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from legalhold.archive import StoreFull
from legalhold.database import rows
from legalhold.journal import services as journal
from legalhold.journal.errors import JournalFrozen, NotYetDurable
from legalhold.journal.queries import journal_state
from tests.disks import full_archive_disk


def test_act_is_durable_once_it_is_acknowledged(db, archive, put, numbers):
    put(1)

    journal.acknowledge(archive=archive, done="1 is done")

    assert numbers() == [[1]]


def test_act_on_a_full_disk_is_done_and_the_next_one_makes_it_durable(db, archive, put, numbers):
    put(1)

    with full_archive_disk(), pytest.raises(NotYetDurable) as told:
        journal.acknowledge(archive=archive, done="1 is done")
    missing = (journal_state().unwritten, numbers())
    put(2)
    journal.acknowledge(archive=archive, done="2 is done")

    name = "journal/000000000001"
    assert str(told.value) == (
        f"done, but not yet in the archive's journal: 1 is done; no room at {archive.store.root} for {name}"
        " (No space left on device): free some space or move the archive"
    )
    assert (told.value.done, type(told.value.__cause__)) == ("1 is done", StoreFull)
    assert (missing, numbers()) == ((1, []), [[1, 2]])


def test_act_that_a_freeze_overtakes_says_that_it_is_done(db, archive, put, numbers):
    put(1)
    journal.freeze(because="a person must look")

    with pytest.raises(NotYetDurable, match="1 is done; the journal is frozen: a person must look") as told:
        journal.acknowledge(archive=archive, done="1 is done")

    assert (type(told.value.__cause__), numbers()) == (JournalFrozen, [])


def test_act_whose_head_the_database_refuses_says_that_it_is_done(db, archive, put, monkeypatch):
    put(1)

    def refuse(*_given):
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(rows, "execute", refuse)

    with pytest.raises(NotYetDurable, match="1 is done; disk I/O error"):
        journal.acknowledge(archive=archive, done="1 is done")
