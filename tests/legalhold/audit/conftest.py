"""A trail to look at, and a way past the triggers for whoever owns the database."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction

from legalhold.audit import triggers
from legalhold.audit.services import open_signing_key, record, seal
from legalhold.database import rows


@pytest.fixture
def key(tmp_path, random, db):
    return open_signing_key(path=tmp_path / "keys" / "audit.key", random=random)


@pytest.fixture
def anchor(tmp_path):
    return tmp_path / "anchor" / "heads.jsonl"


@pytest.fixture
def note(db, at):
    """Record one event per number, a minute after each other."""

    def note(*numbers, at=at):
        with transaction.atomic():
            return [
                record(verb="thing.done", by="system:tester", at=at + timedelta(minutes=number), subject_kind="thing",
                       subject_key=str(number), body={"number": number})
                for number in numbers
            ]  # fmt: skip

    return note


@pytest.fixture
def trail(note, key, anchor, at):
    """Twelve events sealed under three heads and anchored, and one that isn't sealed yet."""
    anchor.parent.mkdir()
    for start in (0, 5, 10):
        note(*range(start, min(start + 5, 12)))
        seal(key=key, at=at + timedelta(minutes=start + 5), anchor=anchor)
    note(12)


@pytest.fixture
def forging():
    """Be the owner of the database: the triggers are gone for the block."""

    @contextmanager
    def forging():
        with connection.cursor() as cursor:
            if rows.is_postgresql():
                cursor.execute("SET session_replication_role = replica")
            else:
                cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit_%'")
                for (name,) in cursor.fetchall():
                    cursor.execute(f'DROP TRIGGER "{name}"')
            yield rows.execute
            if rows.is_postgresql():
                cursor.execute("SET session_replication_role = DEFAULT")
            else:
                triggers.install(connection=connection)

    return forging
