import re
from pathlib import Path

import pytest

from legalhold.archive import failpoints
from legalhold.archive.failpoints import (
    FAILPOINTS,
    FailpointUnknown,
    FailpointUnusable,
    arm,
    arm_from,
    disarm,
    hit,
    register,
)


@pytest.fixture(autouse=True)
def _disarmed():
    yield
    disarm()


def test_unarmed_failpoint_does_nothing():
    hit("store.before_write")


def test_armed_failpoint_acts_once_at_its_nth_hit():
    acted = []
    arm(name="store.before_write", nth=3, action=lambda: acted.append(1))

    for count in (0, 0, 1, 1):
        hit("store.after_link")
        hit("store.before_write")
        assert len(acted) == count


def test_unknown_failpoint_is_refused():
    with pytest.raises(
        FailpointUnknown, match=r"there is no failpoint 'pack.nowhere'; there are .*journal\.after_create, "
    ):
        arm(name="pack.nowhere")

    hit("pack.nowhere")


def test_registered_failpoint_can_be_armed():
    acted = []
    register("test_failpoints.here")
    arm(name="test_failpoints.here", action=lambda: acted.append(1))

    hit("test_failpoints.here")

    assert acted == [1]
    assert "test_failpoints.here" in failpoints.registered()


def test_failpoint_armed_early_is_refused_once_all_rooms_are_known():
    arm_from("test_failpoints.later:2")

    with pytest.raises(FailpointUnknown):
        failpoints.refuse_unknown()

    arm_from("store.before_write")
    failpoints.refuse_unknown()


@pytest.mark.parametrize("spec", ["", ":", ":2", "store.before_write:", "store.before_write:0", "store.before_write:x"])
def test_spec_that_names_nothing_is_refused(spec):
    with pytest.raises(FailpointUnusable, match=r"names no failpoint"):
        arm_from(spec)


def test_failpoint_ends_the_process_at_once(monkeypatch):
    killed = []
    monkeypatch.setattr("os.kill", lambda _process, number: killed.append(number))

    failpoints.kill_this_process()

    assert killed == [9]


def test_every_hit_in_the_room_is_registered_and_every_registered_one_is_hit():
    room = Path(failpoints.__file__).parent
    hits = {name for path in room.rglob("*.py") for name in re.findall(r'hit\("([a-z_.]+)"\)', path.read_text())}

    assert hits == set(FAILPOINTS)
