"""Fixtures for every test: a real database file or server, a real archive folder, fixed time and randomness."""

from __future__ import annotations

import os
import random as randomness
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction

from legalhold.archive import Archive, create_archive, create_master_key
from legalhold.database.counted import ClockReading

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
IS_STRICT = os.environ.get("LEGALHOLD_STRICT_TESTS") == "1"
CORPORA = os.environ.get("LEGALHOLD_CORPORA")
SKIPPED = os.environ.get("LEGALHOLD_SKIPPED")


def pytest_collection_modifyitems(config, items: list[pytest.Item]) -> None:
    """Mark what issues SQL, and leave out what needs the corpora where there are none."""
    if not CORPORA:
        without = [item for item in items if item.get_closest_marker("corpora")]
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if item not in without]
    for item in items:
        if {"db", "transactional_db", "installation"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.sql)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory, request):
    """Put SQLite's test database into a file, so that the writers' queue and the write-ahead log are the real ones."""
    if connection.vendor == "sqlite":
        worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / f"{worker}.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def _flush_past_triggers(request):
    """Let the test runner empty tables between tests with real commits; the triggers refuse it to everybody else."""
    run = type(connection.ops).execute_sql_flush

    def execute_sql_flush(operations, sql_list):
        with transaction.atomic(), operations.connection.cursor() as cursor:
            triggers = _drop_triggers(cursor)
            for sql in sql_list:
                cursor.execute(sql)
            cursor.execute("INSERT INTO database_guard (id, epoch) VALUES (1, 0)")
            cursor.execute(
                "INSERT INTO journal_journalhead (id, sequence, digest, frozen_because, losses, losses_digest)"
                " VALUES (1, 0, %s, '', '', '')",
                [bytes(32)],
            )
            for sql in triggers:
                cursor.execute(sql)

    type(connection.ops).execute_sql_flush = execute_sql_flush
    yield
    type(connection.ops).execute_sql_flush = run


def _drop_triggers(cursor) -> list[str]:
    if connection.vendor == "postgresql":
        cursor.execute("SET LOCAL session_replication_role = replica")
        return []
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = cursor.fetchall()
    for name, _ in triggers:
        cursor.execute(f'DROP TRIGGER "{name}"')
    return [sql for _, sql in triggers]


class Clock:
    """A clock that a test moves by hand: wall time and time since boot together."""

    def __init__(self) -> None:
        self.now = NOON
        self.boottime_us = 1_000_000_000
        self.boot_id = "boot-1"

    def __call__(self) -> datetime:
        return self.now

    def advance(self, delta) -> datetime:
        self.now += delta
        self.boottime_us += int(delta.total_seconds() * 1_000_000)
        return self.now

    def reading(self) -> ClockReading:
        return ClockReading(wall_at=self.now, machine_id="m", boot_id=self.boot_id, boottime_us=self.boottime_us)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def at() -> datetime:
    return NOON


@pytest.fixture
def random():
    """Bytes that are the same in every run."""
    return randomness.Random(2026).randbytes


@pytest.fixture
def archive(tmp_path: Path, random) -> Archive:
    """A new, empty archive in a folder of its own."""
    master = create_master_key(tmp_path / "keys" / "master.key", random=random)
    return create_archive(root=tmp_path / "archive", master=master, random=random)


@pytest.fixture
def samples() -> Path:
    return Path(__file__).parent / "samples"


def pytest_sessionfinish(session, exitstatus) -> None:
    """Where every test must run, a skipped one is a failed run."""
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if IS_STRICT and reporter and reporter.stats.get("skipped") and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter) -> None:
    """Say loudly what did not run, by name, so that a green run doesn't hide what it left out."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section(f"SKIPPED: {len(skipped)} tests did not run")
    if SKIPPED:
        with Path(SKIPPED).open("a", encoding="utf-8") as record:
            record.writelines(f"{report.nodeid}\n" for report in skipped)
    for report in skipped:
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.line(f"{report.nodeid}: {reason}")
    if not CORPORA:
        files = Path(__file__).parent.rglob("test_*.py")
        count = sum(len(re.findall(r"mark\.corpora\b", path.read_text("utf-8"))) for path in files)
        terminalreporter.section(f"NOT COLLECTED: {count} tests over the corpora (LEGALHOLD_CORPORA is not set)")
