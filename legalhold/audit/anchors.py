"""Copies of tree heads outside the database: without one, a trail whose end was cut off can't be told from a whole one."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from legalhold.archive import canonical_json
from legalhold.archive.store.durable import flush_folder
from legalhold.database.fields import to_micros

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from legalhold.archive import Archive
    from legalhold.audit.models import TreeHead

SEALED = "audit.sealed"
"""The journal's verb for a tree head."""


class AnchorUnwritable(Exception):
    """The head was sealed, but its copy could not be written."""


class Anchor(NamedTuple):
    """A tree head as somebody else kept it; ``where`` names the place in its ``source``.

    ``size`` is -1 where the copy can't be read.
    """

    size: int
    root_digest: bytes
    sealed_at_us: int
    signature: bytes
    where: str
    source: str = ""


def head_payload(head: TreeHead) -> dict[str, object]:
    """Return a head as anchors and exports say it: digests and signature in hex, the time in microseconds since 1970."""
    return {
        "size": head.size,
        "root": bytes(head.root_digest).hex(),
        "sealed_at": to_micros(head.sealed_at),
        "signature": bytes(head.signature).hex(),
    }


def append_to_file(*, path: Path, head: TreeHead, may_create: bool) -> bool:
    """Add a head to the file as one line, durably, unless it is the last line. Raises ``AnchorUnwritable``.

    A file that isn't there is made only with ``may_create``: made anew, it would hide that the old one was taken away.
    """
    line = canonical_json(head_payload(head)) + b"\n"
    try:
        is_new = not path.exists()
        if is_new and not may_create:
            raise AnchorUnwritable(
                f"the anchor {path} is missing, though the trail was sealed before; the trail itself is sealed. Put the"
                f" anchor back, or, if it is to be a new one, make an empty file: touch {path}"
            )
        tail = b"\n" if is_new else path.read_bytes()[-len(line) - 1 :]
        if tail.endswith(line):
            return False
        # A line that a crash cut off stays for verification to name; the new one begins after it.
        _append(path, line if not tail or tail.endswith(b"\n") else b"\n" + line)
        if is_new:
            flush_folder(path.parent)
    except OSError as error:
        raise AnchorUnwritable(
            f"the anchor {path} can't be written ({error.strerror}); the trail itself is sealed"
        ) from error
    return True


def read_file(*, path: Path) -> Iterator[Anchor]:
    """Yield the heads kept in a file, one a line; a line that can't be read as an anchor of size -1."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            yield _parse(line, where=f"{path.name} line {number}", source=str(path))


def read_journal(*, archive: Archive) -> Iterator[Anchor]:
    """Yield the heads that the archive's journal keeps."""
    for head, entries in archive.journal.verify():
        for entry in entries:
            if entry.verb == SEALED:
                yield _parse(entry.payload, where=f"journal/{head.sequence:012d}", source="journal")


def _append(path: Path, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while data:  # a full disk takes a part, and says so only the next time
            data = data[os.write(fd, data) :]
        os.fsync(fd)
    finally:
        os.close(fd)


def _parse(line: bytes, *, where: str, source: str) -> Anchor:
    try:
        said = json.loads(line)
        root, signature = bytes.fromhex(said["root"]), bytes.fromhex(said["signature"])
        return Anchor(int(said["size"]), root, int(said["sealed_at"]), signature, where, source)
    except (ValueError, KeyError, TypeError):
        return Anchor(-1, b"", 0, b"", where, source)
