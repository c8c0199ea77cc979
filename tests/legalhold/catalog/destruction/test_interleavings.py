"""Placing a hold against a run, with two real connections: who comes first is decided by the guard, and never wrongly."""

from __future__ import annotations

import threading

import pytest
from django.db import close_old_connections, connection

from legalhold.archive import failpoints
from legalhold.catalog.destruction import destroy
from legalhold.catalog.destruction.running import Running
from legalhold.catalog.models import CompactionRun, Version
from legalhold.catalog.pins import PinSpec, place_pins
from legalhold.database import guard

SECONDS = 20


@pytest.fixture
def house(committed_house):
    """The same builder of rows as elsewhere, over real commits."""
    return committed_house


@pytest.fixture
def doomed(house, at):
    """A version that the next batch would destroy."""
    source = house.source(snapshots=3)
    house.expire(source, 1)
    return house.version(source, 1, 1, condemned_at=at, condemned_counted_us=0, destroyable_at=at)


@pytest.fixture
def running(transactional_db, archive, at):
    run = CompactionRun.objects.create(grace_seconds=0, plan_digest=b"", started_at=at)
    return Running(run, archive, "system:test", at, lambda: 0.0)


@pytest.fixture
def beside():
    """Run something in another thread, on a connection of its own."""
    threads = []

    def start(work):
        def on_own_connection():
            try:
                work()
            finally:
                close_old_connections()
                connection.close()

        thread = threading.Thread(target=on_own_connection)
        thread.start()
        threads.append(thread)
        return thread

    yield start
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()
    failpoints.disarm()


def place(at):
    with guard.exclusive():
        place_pins(specs=[PinSpec("Smith v. Jones", "hold:1", "all")], at=at)


def test_batch_waits_for_a_hold_being_placed_and_then_sees_it(doomed, running, beside, at):
    placing = threading.Event()
    finished = []

    with guard.exclusive():
        place_pins(specs=[PinSpec("Smith v. Jones", "hold:1", "all")], at=at)

        def batch():
            placing.set()
            destroy.destroy(versions=[doomed.pk], running=running)
            finished.append(Version.objects.count())

        beside(batch)
        assert placing.wait(SECONDS)
        threading.Event().wait(0.3)
        assert finished == []

    wait_until(lambda: finished)
    assert finished == [1]
    assert running.counts["versions_destroyed"] == 0


def test_hold_waits_for_a_batch_that_has_begun(doomed, running, beside, at):
    """What goes before the hold returns was never promised to it; the hold returns only once it is gone."""
    begun, may_go_on, seen = threading.Event(), threading.Event(), []

    def pause():
        begun.set()
        assert may_go_on.wait(SECONDS)

    failpoints.arm(name="destroy.before_delete", action=pause)
    beside(lambda: destroy.destroy(versions=[doomed.pk], running=running))
    assert begun.wait(SECONDS)
    beside(lambda: (place(at), seen.append(Version.objects.count())))
    threading.Event().wait(0.3)
    assert seen == []
    may_go_on.set()

    wait_until(lambda: seen)
    assert seen == [0]


def test_mutant_that_places_without_the_guard_returns_before_the_loss(doomed, house, running, beside):
    """On PostgreSQL a pin inserted beside the guard is told to be in force, then loses; SQLite's writers' queue is the guard."""
    begun, may_go_on, seen = threading.Event(), threading.Event(), []

    def pause():
        begun.set()
        assert may_go_on.wait(SECONDS)

    failpoints.arm(name="destroy.before_commit", action=pause)
    beside(lambda: destroy.destroy(versions=[doomed.pk], running=running))
    assert begun.wait(SECONDS)
    beside(lambda: (house.pin("all"), seen.append(Version.objects.count())))
    if connection.vendor == "postgresql":
        wait_until(lambda: seen)
    may_go_on.set()
    wait_until(lambda: seen and Version.objects.count() == 0)

    assert seen == [1 if connection.vendor == "postgresql" else 0]


def wait_until(condition) -> None:
    for _ in range(SECONDS * 100):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never happened")
