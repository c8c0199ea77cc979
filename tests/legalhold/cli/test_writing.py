"""One file, whole or not at all, and never over another one."""

from __future__ import annotations

import errno
import os
from hashlib import sha256

import pytest

from legalhold.cli.writing import FileExists, write_file

BLOCKS = (b"one", b"two")


@pytest.fixture
def without_links(monkeypatch):
    """A file system that has no hard links, as those of memory sticks."""

    def refuse(*_paths):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)


def test_file_is_written_where_there_are_no_hard_links(without_links, tmp_path):
    digest = write_file(path=tmp_path / "a", blocks=BLOCKS)

    assert digest == sha256(b"onetwo").hexdigest()
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("a", b"onetwo")]


def test_file_made_meanwhile_stays_where_there_are_no_hard_links(without_links, tmp_path):
    def blocks():
        yield b"one"
        (tmp_path / "a").write_bytes(b"another's")

    with pytest.raises(FileExists):
        write_file(path=tmp_path / "a", blocks=blocks())

    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("a", b"another's")]


def test_file_made_meanwhile_stays(tmp_path):
    def blocks():
        yield b"one"
        (tmp_path / "a").write_bytes(b"another's")

    with pytest.raises(FileExists):
        write_file(path=tmp_path / "a", blocks=blocks())

    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("a", b"another's")]


def test_other_failure_of_linking_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    def refuse(*_paths):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "link", refuse)

    with pytest.raises(OSError, match="Input/output error"):
        write_file(path=tmp_path / "a", blocks=BLOCKS)

    assert list(tmp_path.iterdir()) == []
