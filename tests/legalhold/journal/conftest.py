"""A way to record facts, and to put the catalog back to what it was."""

from __future__ import annotations

import pytest
from django.db import transaction

from legalhold.archive import failpoints
from legalhold.database import rows
from legalhold.journal import services as journal


@pytest.fixture
def put(at):
    """Commit one entry per number."""

    def put(*numbers):
        with transaction.atomic():
            for number in numbers:
                journal.append(verb="thing.done", payload={"number": number}, at=at)

    return put


class Copy:
    """An older copy of this room's tables."""

    def __init__(self):
        self.head = rows.fetch("SELECT sequence, digest, frozen_because FROM journal_journalhead")[0]
        self.entries = rows.fetch(
            "SELECT id, verb, payload, recorded_at, sequence FROM journal_outboxentry ORDER BY id"
        )

    def restore(self):
        with transaction.atomic():
            rows.execute("DELETE FROM journal_outboxentry")
            names = ("id", "verb", "payload", "recorded_at", "sequence")
            rows.insert_rows(table="journal_outboxentry", columns=names, rows=self.entries)
            rows.execute("UPDATE journal_journalhead SET sequence = %s, digest = %s, frozen_because = %s", self.head)


@pytest.fixture
def copy():
    return Copy


@pytest.fixture
def numbers(archive):
    """Read the numbers back out of the archive's own chain, a list per object."""
    import json

    return lambda: [
        [json.loads(entry.payload)["number"] for entry in entries] for _, entries in archive.journal.verify()
    ]


class Crash(BaseException):
    """Stands for the process being gone."""


@pytest.fixture
def crash():
    def crash_at(name, nth=1):
        def gone():
            raise Crash

        failpoints.arm(name=name, nth=nth, action=gone)

    crash_at.error = Crash
    yield crash_at
    failpoints.disarm()
