"""A process killed at each failpoint, with SIGKILL, on SQLite: the short form of the campaign in tests/campaigns/kills."""

from __future__ import annotations

import pytest

from tests.campaigns.kills.__main__ import planted
from tests.campaigns.kills.driver import killing


@pytest.fixture(scope="module")
def kills(tmp_path_factory):
    with killing(tmp_path_factory.mktemp("kills")) as prepared:
        yield prepared


def test_every_failpoint_is_passed_by_some_task(kills):
    assert kills.never_hit() == []


def test_kill_at_each_failpoint_loses_nothing_acknowledged(kills):
    tasks = {
        name: next(t for t in ("compact", "ingest", "export", "start") if kills.hits[t][name])
        for name in kills.registered
    }

    wrong = {name: kills.kill_at(tasks[name], name) for name in kills.registered}

    assert wrong == {key: [] for key in kills.registered}


@pytest.mark.parametrize("fault", ["unlinked_before_tombstones_are_durable", "hold_acknowledged_before_flush"])
def test_kill_after_a_planted_fault_is_noticed(kills, fault):
    wrong = kills.kill_at(*planted()[fault], fault=fault)

    assert wrong
    assert all(text.startswith("as_found: ") for text in wrong)
