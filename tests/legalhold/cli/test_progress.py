from __future__ import annotations

import io

import pytest

from legalhold.cli.progress import Progress


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def stopwatch():
    return Stopwatch()


def test_progress_in_a_log_is_a_line_every_5_seconds(stopwatch):
    stream = io.StringIO()
    progress = Progress(stream=stream, clock=stopwatch)

    for _ in range(11):
        stopwatch.seconds += 1
        progress.tell(items=1000, size_bytes=2_000_000)

    assert stream.getvalue() == (
        "1,000 items, 2.0 MB, 400.0 kB/s, 200 items/s\n"
        "1,000 items, 2.0 MB, 200.0 kB/s, 100 items/s\n"
    )  # fmt: skip


def test_progress_on_a_terminal_is_written_over_and_cleared(stopwatch):
    stream = Screen()
    progress = Progress(stream=stream, clock=stopwatch)
    stopwatch.seconds += 10

    progress.tell(items=10, total=100, noun="packs")
    progress.say("done")
    progress.clear()

    assert stream.getvalue() == "\r\x1b[K10 of 100 packs, 1 packs/s, 1 min 30 s left\r\x1b[Kdone\n"


def test_progress_before_anything_is_done_knows_no_end(stopwatch):
    stream = Screen()
    progress = Progress(stream=stream, clock=stopwatch)
    stopwatch.seconds += 4

    progress.tell(items=0, total=9)
    stopwatch.seconds += 4
    progress.tell(items=8, total=9)

    assert stream.getvalue() == "\r\x1b[K0 of 9 items, 0 items/s\r\x1b[K8 of 9 items, 1 items/s, 1 s left"
