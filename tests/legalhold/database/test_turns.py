"""One worker at a time, without a transaction."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from legalhold.database import rows, turns
from legalhold.database.models import BootClock, Guard


def wait_in_thread(name, order):
    def run():
        try:
            with turns.alone(name=name):
                order.append(name)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_second_worker_waits_and_another_name_does_not(transactional_db):
    order = []
    with turns.alone(name="a"):
        waiting, free = wait_in_thread("a", order), wait_in_thread("b", order)
        free.join(5)
        waiting.join(0.2)
        order.append("first")
    waiting.join(5)

    assert order == ["b", "first", "a"]
    assert connection.in_atomic_block is False


def in_thread(act):
    """Run with a connection of its own and return what it returned."""
    results = []

    def run():
        try:
            results.append(act())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    return results[0]


def try_it():
    with turns.attempt(name="a") as is_mine:
        return is_mine


def test_attempt_does_not_wait(transactional_db):
    with turns.alone(name="a"):
        while_alone = in_thread(try_it)

    assert (while_alone, in_thread(try_it)) == (False, True)


def test_those_beside_each_other_share_a_turn_that_nobody_gets_alone(transactional_db):
    def join():
        with turns.beside(name="a"):
            return try_it_there()

    def try_it_there():
        return in_thread(try_it)

    with turns.beside(name="a"):
        with_another = in_thread(join)
        with_one = in_thread(try_it)

    assert (with_another, with_one, in_thread(try_it)) == (False, False, True)


def test_worker_that_fails_gives_its_turn_up(transactional_db):
    order = []

    with pytest.raises(ZeroDivisionError), turns.alone(name="a"):
        raise ZeroDivisionError
    wait_in_thread("a", order).join(5)

    assert order == ["a"]


def test_failed_statement_keeps_its_error(transactional_db):
    with pytest.raises(DatabaseError, match="no_such_table"), transaction.atomic(), turns.alone(name="a"):
        rows.execute("DELETE FROM no_such_table")
    connection.close()


def test_rows_of_this_room_name_themselves():
    assert (str(Guard(epoch=3)), str(BootClock(counted_us=5))) == ("epoch 3", "5 µs counted")
