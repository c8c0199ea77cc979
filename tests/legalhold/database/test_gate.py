"""The token lives in one transaction of one connection."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError

from legalhold.database import gate, rows


def is_open():
    if rows.is_postgresql():
        return rows.fetch("SELECT COALESCE(current_setting('legalhold.gate', true), '') = 'open'")[0][0]
    return bool(rows.fetch("SELECT legalhold_gate_open()")[0][0])


def test_gate_is_open_only_inside_the_block(db):
    before = is_open()
    with gate.opened():
        during = is_open()

    assert (before, during, is_open()) == (False, True, False)


def test_gate_opens_only_in_a_transaction(transactional_db):
    with pytest.raises(TransactionManagementError, match="only inside a transaction"), gate.opened():
        pass

    assert is_open() is False


def test_gate_shuts_after_an_error_of_ours(db):
    with pytest.raises(ZeroDivisionError), gate.opened():
        raise ZeroDivisionError

    assert is_open() is False


def test_gate_shuts_after_a_failed_statement_and_keeps_its_error(db):
    with pytest.raises(DatabaseError, match="no_such_table"), transaction.atomic(), gate.opened():
        rows.execute("DELETE FROM no_such_table")

    assert is_open() is False


def test_gate_shuts_in_a_transaction_that_must_roll_back(transactional_db):
    with transaction.atomic():
        with gate.opened():
            transaction.set_rollback(True)
        assert gate.is_open("default") is False

    assert is_open() is False


def test_gate_shuts_with_the_transaction(transactional_db):
    with transaction.atomic():
        block = gate.opened()
        block.__enter__()
        opened = is_open()

    assert (opened, is_open()) == (True, False)
    assert connection.in_atomic_block is False
