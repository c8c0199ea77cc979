"""The guard on real connections: shared with shared, exclusive with none, and what it orders is seen."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from legalhold.database import guard, rows


def in_thread(act):
    """Run ``act`` in a thread of its own, with a connection of its own."""

    def run():
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def epoch():
    return rows.fetch("SELECT epoch FROM database_guard")[0][0]


def test_exclusive_counts_each_act(db):
    before = epoch()

    with guard.exclusive() as first:
        pass
    with guard.shared() as unchanged:
        pass
    with guard.exclusive() as second:
        pass

    assert (first - before, unchanged - before, second - before) == (1, 1, 2)


def test_exclusive_that_fails_counts_nothing(db):
    before = epoch()

    with pytest.raises(ZeroDivisionError), guard.exclusive():
        raise ZeroDivisionError

    assert epoch() == before


def test_shared_is_never_beside_exclusive(transactional_db):
    is_inside, is_released, order = threading.Event(), threading.Event(), []

    def place():
        with guard.exclusive():
            is_inside.set()
            is_released.wait(5)
            order.append("placed")

    def destroy():
        with guard.shared() as seen:
            order.append(f"destroying at {seen}")

    placing = in_thread(place)
    is_inside.wait(5)
    destroying = in_thread(destroy)
    destroying.join(0.2)
    before = list(order)
    is_released.set()
    placing.join(5)
    destroying.join(5)

    assert before == []
    assert order == ["placed", "destroying at 1"]


def test_exclusive_waits_for_a_running_batch(transactional_db):
    is_inside, is_released, order = threading.Event(), threading.Event(), []

    def destroy():
        with guard.shared():
            is_inside.set()
            is_released.wait(5)
            order.append("destroyed")

    def place():
        with guard.exclusive():
            order.append("placed")

    destroying = in_thread(destroy)
    is_inside.wait(5)
    placing = in_thread(place)
    placing.join(0.2)
    before = list(order)
    is_released.set()
    destroying.join(5)
    placing.join(5)

    assert before == []
    assert order == ["destroyed", "placed"]


def test_batches_run_side_by_side_where_the_database_can(transactional_db):
    both = threading.Barrier(2, timeout=1)
    met = []

    def destroy():
        with guard.shared():
            try:
                both.wait()
                met.append(True)
            except threading.BrokenBarrierError:
                met.append(False)

    threads = [in_thread(destroy) for _ in range(2)]
    for thread in threads:
        thread.join(5)

    assert met == ([True, True] if rows.is_postgresql() else [False, False])


def lost_holds(lock_first, rounds=20):
    """Count how often a batch destroys although a hold's placing had returned before the batch could go on."""
    lost = 0
    for _ in range(rounds):
        with guard.exclusive():
            rows.execute("UPDATE database_bootclock SET counted_us = 0 WHERE id = 1")
        is_looking, is_placed = threading.Event(), threading.Event()
        seen = []

        def destroy(is_looking=is_looking, is_placed=is_placed, seen=seen):
            def is_held():
                return rows.fetch("SELECT counted_us FROM database_bootclock WHERE id = 1")[0][0] == 1

            if lock_first:
                is_looking.set()
                is_placed.wait(5)
                with guard.shared():
                    seen.append(is_held())
            else:
                held = is_held()
                is_looking.set()
                is_placed.wait(5)
                with guard.shared():
                    seen.append(held)

        def place(is_looking=is_looking, is_placed=is_placed):
            is_looking.wait(5)
            with guard.exclusive():
                rows.execute("UPDATE database_bootclock SET counted_us = 1 WHERE id = 1")
            is_placed.set()

        for thread in (in_thread(destroy), in_thread(place)):
            thread.join(10)
        lost += seen == [False]
    return lost


@pytest.fixture
def clock_row(transactional_db):
    with guard.exclusive():
        rows.execute(
            "INSERT INTO database_bootclock (id, counted_us, machine_id, boot_id, wall_at) VALUES (1, 0, '', '', 0)"
        )


def test_what_is_placed_before_the_lock_is_seen_after_it(clock_row):
    assert lost_holds(lock_first=True) == 0


def test_looking_before_the_lock_loses_holds(clock_row):
    assert lost_holds(lock_first=False) == 20
