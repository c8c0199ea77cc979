"""Reads the short lists that commands are given as files, whole; knows nothing of what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_LIST_BYTES: Final = 64 * 1024 * 1024
"""A list is held in memory several times over: half a million people fit, a disk image named by mistake doesn't."""


class ListUnusable(Exception):
    """What was named as a list is no file, or far too large to be one."""


def read_list(*, path: Path) -> bytes:
    """Return a list's bytes. Raises ``ListUnusable``, and OSError where it can't be read."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ListUnusable(f"{path} is no file: write the list to a file and name that")
    with path.open("rb") as stream:
        data = stream.read(LARGEST_LIST_BYTES + 1)
    if len(data) > LARGEST_LIST_BYTES:
        raise ListUnusable(f"{path} has more than {LARGEST_LIST_BYTES:,} bytes: that is no list of people")
    return data
