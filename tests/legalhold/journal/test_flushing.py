"""What is committed becomes durable, in order, once, whoever flushes and wherever it is interrupted."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from django.db import connection, transaction

from legalhold.archive import EMPTY_HEAD, JournalEntry, failpoints
from legalhold.database import rows
from legalhold.journal import services as journal
from legalhold.journal.errors import JournalBehind, JournalDiffers, JournalFrozen
from legalhold.journal.models import OutboxEntry
from legalhold.journal.queries import is_frozen, journal_state
from legalhold.journal.services.outbox import OBJECT_BYTES

POINTS = [
    "journal.before_object",
    "journal.before_create",
    "journal.after_create",
    "journal.after_object",
    "journal.after_head",
]


def test_nothing_to_write_writes_nothing(db, archive):
    assert journal.flush(archive=archive) == 0
    assert list(archive.store.names(prefix="journal/")) == []


def test_entries_are_written_in_order_and_the_head_follows(db, archive, put, numbers):
    put(1, 2)
    first = journal.flush(archive=archive)
    put(3)
    second = journal.flush(archive=archive)

    assert (first, second, numbers()) == (2, 1, [[1, 2], [3]])
    assert journal_state().sequence == 2
    assert journal_state().digest == archive.journal.head().digest.hex()
    assert journal_state().unwritten == 0
    assert list(OutboxEntry.objects.order_by("pk").values_list("sequence", flat=True)) == [1, 1, 2]


def test_entries_written_carry_verb_and_time(db, archive, put, at):
    put(1)
    journal.flush(archive=archive)

    (entry,) = archive.journal.read(1)[1]

    assert (entry.verb, entry.payload, entry.at) == ("thing.done", b'{"number":1}', 1_772_452_800_000_000)


def test_objects_are_bounded_and_a_great_entry_has_its_own(db, archive, at):
    third = OBJECT_BYTES // 3
    with transaction.atomic():
        for length in (third, third, third, 2 * OBJECT_BYTES, 10, 10):
            journal.append(verb="thing.done", payload={"text": "x" * length}, at=at)

    written = journal.flush(archive=archive)

    assert written == 6
    assert [len(entries) for _, entries in archive.journal.verify()] == [2, 1, 1, 2]


def test_entry_committed_late_with_a_smaller_id_is_written(db, archive, put, numbers):
    put(1, 2, 3)
    first = OutboxEntry.objects.order_by("pk").first()
    kept = (first.verb, bytes(first.payload), 1_772_452_800_000_000)
    OutboxEntry.objects.filter(pk=first.pk).delete()
    journal.flush(archive=archive)
    columns = ("id", "verb", "payload", "recorded_at")
    rows.insert_rows(table="journal_outboxentry", columns=columns, rows=[(first.pk, *kept)])

    assert journal.flush(archive=archive) == 1
    assert numbers() == [[2, 3], [1]]


def test_flush_within_a_transaction_is_refused(transactional_db, archive, put, at):
    put(1)

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        journal.flush(archive=archive)

    assert archive.journal.head().sequence == 0


def test_flush_while_frozen_acknowledges_nothing(db, archive, put):
    put(1)
    journal.freeze(because="the moon is full.")

    with pytest.raises(JournalFrozen, match="the moon is full"):
        journal.flush(archive=archive)

    assert archive.journal.head().sequence == 0


@pytest.mark.parametrize("point", POINTS)
def test_flush_interrupted_anywhere_is_caught_up_with_at_the_next_start(db, archive, put, numbers, crash, point):
    put(1)
    journal.flush(archive=archive)
    put(2, 3)
    crash(point)
    with pytest.raises(crash.error):
        journal.flush(archive=archive)
    failpoints.disarm()
    put(4)

    result = journal.adopt(archive=archive)
    journal.flush(archive=archive)

    assert result.frozen_because == ""
    assert result.adopted == (2 if point in POINTS[2:4] else 0)
    assert [number for entries in numbers() for number in entries] == [1, 2, 3, 4]
    assert journal_state().unwritten == 0


@pytest.mark.parametrize("point", POINTS)
def test_flush_interrupted_anywhere_is_caught_up_with_by_the_next_flush(db, archive, put, numbers, crash, point):
    put(1, 2)
    crash(point)
    with pytest.raises(crash.error):
        journal.flush(archive=archive)
    failpoints.disarm()
    put(3)

    journal.flush(archive=archive)

    assert [number for entries in numbers() for number in entries] == [1, 2, 3]
    assert journal_state().frozen_because == ""


def lose(path):
    path.unlink()


def cut(path):
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1])


def exchange(path):
    first = path.with_name(f"{1:012d}")
    path.unlink()
    path.with_name(first.name).rename(path)


@pytest.mark.parametrize(
    ("harm", "error", "because"),
    [
        (lose, JournalBehind, "the archive has lost journal/000000000002 (digest "),
        (cut, JournalFrozen, "the archive's journal is broken: journal/000000000002 at byte "),
        (exchange, JournalFrozen, "the archive's journal is broken: journal/000000000002 at byte "),
    ],
)
def test_nothing_is_acknowledged_after_an_object_that_is_gone(db, archive, put, harm, error, because):
    """The journal loses its end while the server runs: what follows would hang on nothing."""
    for number in (1, 2):
        put(number)
        journal.flush(archive=archive)
    harm(archive.store.root / "journal/000000000002")
    put(3)

    for _ in range(2):
        with pytest.raises(error if not is_frozen() else JournalFrozen):
            journal.flush(archive=archive)

    assert journal_state().frozen_because.startswith(because)
    assert not (archive.store.root / "journal/000000000003").exists()


def test_nothing_is_acknowledged_after_an_object_of_another_history(db, archive, put):
    put(1)
    journal.flush(archive=archive)
    (archive.store.root / "journal/000000000001").unlink()
    entry = JournalEntry("thing.done", b"{}", 0)
    archive.journal.append(previous=EMPTY_HEAD, entries=[entry], random=archive.random)
    put(2)

    with pytest.raises(JournalDiffers, match="the archive has journal/000000000001"):
        journal.flush(archive=archive)

    assert not (archive.store.root / "journal/000000000002").exists()


def test_flush_that_another_has_overtaken_counts_nothing_twice(db, archive, put, numbers):
    put(1)
    put(2)

    def overtake():
        from legalhold.journal.services.adopting import catch_up

        catch_up(archive=archive)

    failpoints.arm(name="journal.after_object", action=overtake)
    try:
        written = journal.flush(archive=archive)
    finally:
        failpoints.disarm()

    assert written == 0
    assert numbers() == [[1, 2]]
    assert journal_state().unwritten == 0


def test_concurrent_flushers_write_every_entry_once(transactional_db, archive, at, numbers):
    def work(start):
        try:
            for number in range(start, start + 15):
                with transaction.atomic():
                    journal.append(verb="thing.done", payload={"number": number}, at=at)
                journal.flush(archive=archive)
                written.append(number)
        finally:
            connection.close()

    written = []
    threads = [threading.Thread(target=work, args=[100 * each]) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    expected = sorted(100 * each + number for each in range(4) for number in range(15))
    assert sorted(written) == expected
    assert sorted(number for entries in numbers() for number in entries) == expected
    assert journal_state().unwritten == 0


def test_acknowledged_entry_is_in_the_chain_before_flush_returns(db, archive, put, numbers):
    put(7)

    journal.flush(archive=archive)

    assert numbers() == [[7]]


KILLED = """
import json, sys
import django
from pathlib import Path
from django.conf import settings
settings.configure(
    DATABASES={"default": json.loads(sys.argv[1])}, INSTALLED_APPS=["legalhold.database", "legalhold.journal"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True,
)
django.setup()
import os
from legalhold.archive import failpoints, load_master_key, open_archive
from legalhold.journal import services as journal
master = load_master_key(f"file:{sys.argv[2]}/keys/master.key", environ={})
archive = open_archive(root=Path(sys.argv[2]) / "archive", master=master, random=os.urandom)
failpoints.arm(name=sys.argv[3])
journal.flush(archive=archive)
"""


@pytest.mark.parametrize("point", ["journal.after_create", "journal.after_object"])
def test_killed_flusher_leaves_its_turn_and_its_object_to_the_next(
    transactional_db, archive, tmp_path, put, numbers, point
):
    import json

    put(1, 2)
    settings = {
        key: connection.settings_dict[key] for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    }
    words = [sys.executable, "-c", KILLED, json.dumps(settings, default=str), str(tmp_path), point]
    killed = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    put(3)

    written = journal.flush(archive=archive)

    assert (killed.returncode, killed.stderr) == (-9, "")
    assert written == 3
    assert numbers() == [[1, 2], [3]]
