"""Opening the archive at a first start, also at one that follows a first start that was killed."""

from __future__ import annotations

import dataclasses

import pytest

from legalhold.archive import KeysMissing, MasterKeyMissing, failpoints
from legalhold.cli.installation import _open_archive
from legalhold.conf.environment import read_environment


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def first_start(db, settings, tmp_path):
    settings.ENVIRONMENT = dataclasses.replace(read_environment({"LEGALHOLD_HOME": str(tmp_path / "home")}))
    return lambda: _open_archive(lambda said: None)


@pytest.fixture
def killed():
    def kill() -> None:
        raise Killed

    yield lambda nth: failpoints.arm(name="keys.between_copies", nth=nth, action=kill)
    failpoints.disarm()


@pytest.mark.parametrize("nth", [1, 2])
def test_first_start_killed_between_its_keys_is_completed_by_the_next(first_start, killed, nth):
    killed(nth)
    with pytest.raises(Killed):
        first_start()
    failpoints.disarm()

    archive = first_start()

    assert archive.keys.names() == ("journal", "organisation")
    assert len(list(archive.store.names(prefix="keys/"))) == 4


def test_keys_without_their_master_key_are_not_given_a_new_one(first_start, killed, tmp_path):
    killed(1)
    with pytest.raises(Killed):
        first_start()
    failpoints.disarm()
    (tmp_path / "home.keys" / "master.key").unlink()

    with pytest.raises((MasterKeyMissing, KeysMissing)):
        first_start()

    assert not (tmp_path / "home.keys" / "master.key").exists()
