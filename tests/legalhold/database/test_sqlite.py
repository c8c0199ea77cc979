"""The embedded database on real files, with several connections."""

from __future__ import annotations

import os
import sqlite3
import threading

import pytest
from django.db import IntegrityError, OperationalError, ProgrammingError
from django.db.transaction import Atomic

from legalhold.database import gate
from legalhold.database.errors import DatabaseUnusable, WriteOutsideTransaction
from legalhold.database.sqlite.checkpoint import CHECKPOINT_BYTES, RESTART_BYTES, Checkpointer


class Transaction(Atomic):
    """``atomic`` over a connection that isn't registered under an alias."""

    def __init__(self, wrapper, monkeypatch):
        super().__init__("default", savepoint=True, durable=False)
        monkeypatch.setattr("django.db.transaction.get_connection", lambda _using=None: wrapper)


@pytest.fixture
def within(monkeypatch):
    return lambda wrapper: Transaction(wrapper, monkeypatch)


def run(wrapper, sql, params=None):
    with wrapper.cursor() as cursor:
        return cursor.execute(sql, params).fetchall()


def pragma(wrapper, name):
    return run(wrapper, f"PRAGMA {name}")[0][0]


@pytest.fixture
def table(connect, within, tmp_path):
    """A database with an empty table, and a connection to it."""
    wrapper = connect(tmp_path / "db.sqlite3")
    with within(wrapper):
        run(wrapper, "CREATE TABLE t (a)")
    return wrapper


def test_connection_is_durable_and_leaves_checkpoints_to_writers(table):
    names = ("journal_mode", "synchronous", "wal_autocheckpoint", "journal_size_limit", "mmap_size", "query_only")

    assert [pragma(table, name) for name in names] == ["wal", 2, 0, CHECKPOINT_BYTES // 2, 0, 1]


def test_write_outside_a_transaction_takes_a_turn(table, connect, tmp_path):
    busy = connect(tmp_path / "db.sqlite3")
    busy.ensure_connection()
    busy._start_transaction_under_autocommit()
    done = threading.Event()
    thread = threading.Thread(target=lambda: (run(table, "INSERT INTO t VALUES (%s)", [1]), done.set()))
    thread.start()

    was_done_beside = done.wait(0.2)
    busy._commit()
    thread.join(5)

    assert (was_done_beside, done.is_set()) == (False, True)
    assert run(table, "SELECT * FROM t") == [(1,)]
    assert table.writers_queue.is_held is False
    assert pragma(table, "query_only") == 1


def test_write_that_returns_rows_keeps_its_turn_until_it_is_committed(table, connect, tmp_path):
    other = connect(tmp_path / "db.sqlite3")
    with table.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (1) RETURNING a")
        was_held, seen = table.writers_queue.is_held, run(other, "SELECT count(*) FROM t")
        returned = cursor.fetchall()

    assert (was_held, seen, returned) == (True, [(0,)], [(1,)])
    assert table.writers_queue.is_held is False
    assert run(other, "SELECT count(*) FROM t") == [(1,)]


def test_many_rows_outside_a_transaction_are_refused_by_name(table):
    with pytest.raises(WriteOutsideTransaction, match=r"transaction\.atomic"), table.cursor() as cursor:
        cursor.executemany("INSERT INTO t VALUES (%s)", [[1], [2]])

    assert run(table, "SELECT count(*) FROM t") == [(0,)]
    assert issubclass(WriteOutsideTransaction, ProgrammingError)


def test_failed_write_outside_a_transaction_gives_its_turn_back(table, within):
    with within(table):
        run(table, "CREATE UNIQUE INDEX u ON t (a)")
    run(table, "INSERT INTO t VALUES (1)")

    with pytest.raises(IntegrityError):
        run(table, "INSERT INTO t VALUES (1)")

    assert table.writers_queue.is_held is False
    assert pragma(table, "query_only") == 1


def test_other_errors_keep_their_name(table, within, tmp_path):
    sqlite3.connect(tmp_path / "other").execute("CREATE TABLE o (a)").connection.close()
    run(table, f"ATTACH 'file:{tmp_path}/other?mode=ro' AS other")

    with pytest.raises(OperationalError, match="no such table"):
        run(table, "SELECT * FROM gone")
    for many in (False, True):
        with pytest.raises(OperationalError, match="readonly"), within(table), table.cursor() as cursor:
            cursor.executemany("INSERT INTO o VALUES (%s)", [[1]]) if many else cursor.execute(
                "INSERT INTO o VALUES (1)"
            )


def test_connection_is_read_only_again_after_a_transaction_however_it_ended(table, within):
    with within(table):
        run(table, "INSERT INTO t VALUES (1)")
    after_commit = pragma(table, "query_only")
    with pytest.raises(OperationalError), within(table):
        run(table, "DELETE FROM t WHERE gone")

    assert (after_commit, pragma(table, "query_only")) == (1, 1)
    assert run(table, "SELECT count(*) FROM t") == [(1,)]
    assert table.writers_queue.is_held is False


def test_transaction_that_cannot_begin_gives_its_turn_back(table, within, tmp_path):
    foreign = sqlite3.connect(tmp_path / "db.sqlite3", isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    run(table, "PRAGMA busy_timeout = 20")

    with pytest.raises(OperationalError, match="locked"), within(table):
        pass
    foreign.execute("ROLLBACK")
    foreign.close()
    with within(table):
        run(table, "INSERT INTO t VALUES (1)")

    assert run(table, "SELECT count(*) FROM t") == [(1,)]


def test_connection_closed_in_a_transaction_gives_its_turn_back(table, connect, within, tmp_path):
    other = connect(tmp_path / "db.sqlite3")

    with within(table), gate_of(table):
        run(table, "INSERT INTO t VALUES (1)")
        table.close()

    assert table.writers_queue.is_held is False
    assert gate.is_open("default") is False
    assert run(other, "SELECT count(*) FROM t") == [(0,)]


class gate_of:
    """Sets the token as the gate does, for a connection that has no alias."""

    def __init__(self, wrapper):
        self.alias = wrapper.alias

    def __enter__(self):
        gate._tokens.default = True

    def __exit__(self, *_):
        return None


def test_token_ends_with_the_transaction(table, within):
    with within(table), gate_of(table):
        opened = run(table, "SELECT legalhold_gate_open()")
    after = run(table, "SELECT legalhold_gate_open()")

    assert (opened, after) == ([(1,)], [(0,)])


def test_transactions_of_many_threads_lose_no_update(connect, tmp_path, table, within):
    with within(table):
        run(table, "INSERT INTO t VALUES (0)")
    wrappers = [connect(tmp_path / "db.sqlite3") for _ in range(4)]
    for wrapper in wrappers:
        wrapper.ensure_connection()

    def add(wrapper):
        for _ in range(20):
            wrapper._start_transaction_under_autocommit()
            ((value,),) = run(wrapper, "SELECT a FROM t")
            run(wrapper, "UPDATE t SET a = %s", [value + 1])
            wrapper._commit()

    threads = [threading.Thread(target=add, args=[wrapper]) for wrapper in wrappers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert run(table, "SELECT a FROM t") == [(80,)]


def log_bytes(tmp_path):
    return (tmp_path / "db.sqlite3-wal").stat().st_size


def test_long_log_is_copied_and_cut_by_writers(table, within, tmp_path):
    with within(table):
        run(table, "INSERT INTO t VALUES (zeroblob(%s))", [CHECKPOINT_BYTES + 1])
    copied = (tmp_path / "db.sqlite3").stat().st_size
    grown = log_bytes(tmp_path)
    with within(table):
        run(table, "INSERT INTO t VALUES (1)")

    assert copied > CHECKPOINT_BYTES
    assert grown > CHECKPOINT_BYTES
    assert log_bytes(tmp_path) <= CHECKPOINT_BYTES // 2
    with within(table):
        pass
    assert table.checkpointer.tried_bytes == 0


def test_short_log_is_left_alone(table, within, tmp_path):
    with within(table):
        run(table, "INSERT INTO t VALUES (zeroblob(1000000))")

    assert (tmp_path / "db.sqlite3").stat().st_size < 1_000_000


def test_log_with_a_reader_is_tried_only_as_it_grows(table, connect, within, tmp_path, monkeypatch):
    monkeypatch.setattr("legalhold.database.sqlite.checkpoint.CHECKPOINT_BYTES", 100_000)
    monkeypatch.setattr("legalhold.database.sqlite.checkpoint.STEP_BYTES", 100_000)
    reader = connect(tmp_path / "db.sqlite3")
    reader.ensure_connection()
    reader.connection.execute("BEGIN").execute("SELECT * FROM t").fetchall()
    tried = []
    for size in (200_000, 10_000, 2_000_000):
        with within(table):
            run(table, "INSERT INTO t VALUES (zeroblob(%s))", [size])
        tried.append(table.checkpointer.tried_bytes)

    assert tried[0] > 200_000
    assert tried[1] == tried[0]
    assert tried[2] > 2_000_000
    assert run(table, "SELECT count(*) FROM t") == [(3,)]
    reader.connection.execute("COMMIT")


def test_very_long_log_waits_for_its_readers(table, connect, within, tmp_path, monkeypatch):
    monkeypatch.setattr("legalhold.database.sqlite.checkpoint.CHECKPOINT_BYTES", 100_000)
    monkeypatch.setattr("legalhold.database.sqlite.checkpoint.STEP_BYTES", 100_000)
    monkeypatch.setattr("legalhold.database.sqlite.checkpoint.RESTART_BYTES", 100_000)
    reader = connect(tmp_path / "db.sqlite3")
    reader.ensure_connection()
    reader.connection.execute("BEGIN").execute("SELECT * FROM t").fetchall()
    threading.Timer(0.1, lambda: reader.connection.execute("COMMIT")).start()

    with within(table):
        run(table, "INSERT INTO t VALUES (zeroblob(200000))")

    assert log_bytes(tmp_path) == 0
    assert pragma(table, "busy_timeout") == 5000


def test_checkpoint_that_fails_leaves_the_commit_standing(table, within, tmp_path, monkeypatch):
    monkeypatch.setattr("legalhold.database.sqlite.checkpoint.CHECKPOINT_BYTES", 0)
    monkeypatch.setattr("legalhold.database.sqlite.checkpoint.STEP_BYTES", 0)
    checkpointer = Checkpointer(log_path=f"{tmp_path}/db.sqlite3-wal")

    with within(table):
        run(table, "INSERT INTO t VALUES (1)")
        checkpointer.run_if_due(table.connection)

    assert checkpointer.tried_bytes > 0
    assert run(table, "SELECT count(*) FROM t") == [(1,)]
    assert RESTART_BYTES > CHECKPOINT_BYTES


def test_checkpoint_without_a_log_is_not_due(table, tmp_path):
    checkpointer = Checkpointer(log_path=f"{tmp_path}/none")

    checkpointer.run_if_due(table.connection)

    assert checkpointer.tried_bytes == 0


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda _path: None, "doesn't exist"),
        (lambda path: path.parent.touch(), "isn't a folder"),
        (lambda path: path.mkdir(parents=True), "no file"),
    ],
)
def test_unusable_place_is_named_at_once(connect, tmp_path, make, says):
    path = tmp_path / "home" / "db.sqlite3"
    make(path)

    with pytest.raises(DatabaseUnusable, match=says) as caught:
        connect(path).ensure_connection()

    assert str(path.parent) in str(caught.value)


def test_locked_folder_is_named_at_once(connect, tmp_path, monkeypatch):
    folder = tmp_path / "home"
    folder.mkdir(mode=0o500)
    allowed = os.access  # root may write anywhere: let the mode decide as it does for everybody else
    monkeypatch.setattr(
        os, "access", lambda path, mode: allowed(path, mode) and not (mode & os.W_OK and path == folder)
    )

    with pytest.raises(DatabaseUnusable, match="can't be written"):
        connect(folder / "db.sqlite3").ensure_connection()


def test_memory_database_needs_no_queue(connect, within):
    wrapper = connect(":memory:")

    with within(wrapper):
        run(wrapper, "CREATE TABLE t (a)")
    run(wrapper, "INSERT INTO t VALUES (1)")

    assert run(wrapper, "SELECT count(*) FROM t") == [(1,)]
    assert wrapper.writers_queue is None
    wrapper.connection.close()


def test_a_new_database_is_for_its_owner_alone(connect, tmp_path):
    path = tmp_path / "new.sqlite3"
    before = os.umask(0)

    try:
        pragma(connect(path), "user_version")
    finally:
        os.umask(before)

    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.glob("new.sqlite3*")}
    assert {modes[f"new.sqlite3{end}"] for end in ("", "-shm", "-wal")} == {0o600}
