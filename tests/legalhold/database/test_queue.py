"""Writers take turns, in the order they came, across threads and processes."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time

from legalhold.database.sqlite.queue import WritersQueue

FORKS_WHILE_HOLDING = """
import os, signal, sys
from legalhold.database.sqlite.queue import WritersQueue
mine, other = WritersQueue(path=sys.argv[1]), WritersQueue(path=sys.argv[1])
mine.enter()
child = os.fork()
if child == 0:
    signal.pause()
mine.leave()
signal.alarm(5)
other.enter()
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
print("entered")
"""
HOLDS_UNTIL_KILLED = """
import signal, sys
from legalhold.database.sqlite.queue import WritersQueue
queue = WritersQueue(path=sys.argv[1])
queue.enter()
print("held", flush=True)
signal.pause()
"""


class OneLock:
    """The seeded bug: one lock and no entrance."""

    def __init__(self, path):
        self.path = path

    def enter(self):
        self.fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self.fd, fcntl.LOCK_EX)

    def leave(self):
        os.close(self.fd)


def overtakings(make, rounds):
    """Say whether in some round a writer that came back at once was let in before the one that was already waiting."""
    first, second, count = make(), make(), 0
    for _ in range(rounds):
        order, is_waiting = [], threading.Event()

        def wait_and_write(order=order, is_waiting=is_waiting):
            is_waiting.set()
            second.enter()
            order.append("waiting")
            second.leave()

        first.enter()
        thread = threading.Thread(target=wait_and_write)
        thread.start()
        is_waiting.wait()
        time.sleep(0.005)
        first.leave()
        first.enter()
        order.append("returning")
        first.leave()
        thread.join()
        count += order[0] == "returning"
        if count:
            break
    return count


def test_queue_lets_one_writer_in_at_a_time(tmp_path):
    inside, most = [], []

    def write():
        queue = WritersQueue(path=str(tmp_path / "turn"))
        for _ in range(20):
            queue.enter()
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.0005)
            inside.pop()
            queue.leave()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1] * 80


def test_queue_lets_nobody_overtake(tmp_path):
    assert overtakings(lambda: WritersQueue(path=str(tmp_path / "turn")), 50) == 0


def test_queue_of_one_lock_is_overtaken(tmp_path):
    assert overtakings(lambda: OneLock(str(tmp_path / "turn")), 500) == 1


def test_queue_entered_twice_is_left_once(tmp_path):
    queue = WritersQueue(path=str(tmp_path / "turn"))

    queue.enter()
    queue.enter()
    was_held = queue.is_held
    queue.leave()
    queue.leave()

    assert (was_held, queue.is_held) == (True, False)


def test_queue_passes_on_the_turn_of_a_killed_writer(tmp_path):
    path = str(tmp_path / "turn")
    holder = subprocess.Popen([sys.executable, "-c", HOLDS_UNTIL_KILLED, path], stdout=subprocess.PIPE, text=True)
    holder.stdout.readline()
    queue = WritersQueue(path=path)
    entered = threading.Event()
    thread = threading.Thread(target=lambda: (queue.enter(), entered.set()))
    thread.start()

    was_entered_before = entered.wait(0.1)
    holder.kill()
    holder.communicate()
    thread.join(5)
    queue.leave()

    assert (was_entered_before, entered.is_set()) == (False, True)


def test_queue_survives_a_fork_in_its_turn(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FORKS_WHILE_HOLDING, str(tmp_path / "turn")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert (done.stdout, done.returncode) == ("entered\n", 0)


def test_queue_in_a_missing_folder_fails_and_holds_nothing(tmp_path):
    queue = WritersQueue(path=str(tmp_path / "gone" / "turn"))
    error = None

    try:
        queue.enter()
    except FileNotFoundError as caught:
        error = caught

    assert error.filename == str(tmp_path / "gone" / "turn-entrance")
    assert queue.is_held is False
