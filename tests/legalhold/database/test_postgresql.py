"""What only a server shows: which servers are refused, and the snapshot per statement that the guard needs."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.utils import load_backend

from legalhold.database.errors import DatabaseUnusable


@pytest.fixture
def connect_with(transactional_db):
    opened = []

    def connect_with(options):
        settings = {**connection.settings_dict, "OPTIONS": {**connection.settings_dict["OPTIONS"], "options": options}}
        wrapper = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "default")
        opened.append(wrapper)
        wrapper.ensure_connection()
        return wrapper

    yield connect_with
    for wrapper in opened:
        wrapper.close()


def test_server_that_loses_commits_is_refused(connect_with):
    with pytest.raises(DatabaseUnusable, match="synchronous_commit = off"):
        connect_with("-c synchronous_commit=off")


def test_server_that_is_durable_serves(connect_with):
    with connect_with("-c synchronous_commit=remote_write").cursor() as cursor:
        cursor.execute("SELECT 1")

        assert cursor.fetchone() == (1,)


def test_transaction_reads_committed_rows_whatever_the_server_prefers(connect_with):
    wrapper = connect_with("-c default_transaction_isolation=serializable")
    wrapper.set_autocommit(False)

    with wrapper.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        isolation = cursor.fetchone()
    wrapper.rollback()

    assert isolation == ("read committed",)


def test_statements_are_not_compiled_whatever_the_server_prefers(connect_with):
    wrapper = connect_with("-c jit=on")

    with wrapper.cursor() as cursor:
        cursor.execute("SHOW jit")

        assert cursor.fetchone() == ("off",)
