"""Errors of writing a file under a temporary name: they say the name that a person knows."""

import errno
import resource

import pytest

from legalhold.archive.store.durable import naming_file


@pytest.fixture
def small_files():
    """Let no file of this process grow beyond 4096 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_file_that_has_no_room_is_named(tmp_path, small_files):
    path, temporary = tmp_path / "out.zip", tmp_path / ".out.zip.unfinished"

    with pytest.raises(OSError, match="File too large") as told, naming_file(path=path, temporary=temporary):
        temporary.write_bytes(bytes(10_000))

    assert (told.value.errno, told.value.filename) == (errno.EFBIG, str(path))


def test_file_that_cannot_be_opened_is_named_without_its_temporary_name(tmp_path):
    path, temporary = tmp_path / "none" / "out.zip", tmp_path / "none" / ".out.zip.unfinished"

    with pytest.raises(FileNotFoundError) as told, naming_file(path=path, temporary=temporary):
        temporary.open("wb")

    assert told.value.filename == str(path)


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error", "another file"), OSError("odd")])
def test_error_that_names_another_file_or_none_is_left_as_it_is(tmp_path, error):
    with (
        pytest.raises(OSError, match=r"another file|odd") as told,
        naming_file(path=tmp_path, temporary=tmp_path / "x"),
    ):
        raise error

    assert told.value is error
