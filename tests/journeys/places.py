"""Places that data is captured from, as they look at each stage: some of what is in them goes before each next one."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from legalhold.connectors import Excluded, Exclusions, RawItem, connect
from legalhold.formats import ItemKind

STAGES = (1, 2, 3)
SEPARATOR = re.compile(rb"^From ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Unit:
    """A file of a place, or a message of an mbox with its separator line, and the last stage at which it is there."""

    name: str
    data: bytes
    last: int


@dataclass(frozen=True, slots=True)
class Shown:
    """An item that a place shows."""

    folder: bytes
    key: bytes
    kind: ItemKind
    digest: str
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What is captured as one source of one custodian."""

    name: str
    format: str
    units: tuple[Unit, ...]

    def lay(self, *, root: Path, stage: int) -> Path:
        """Make the folder below ``root`` what the place is at a stage; return what to capture."""
        path = root / self.name
        if self.format == "mbox":
            path.write_bytes(b"".join(unit.data for unit in self.at(stage=stage)))
            return path
        shutil.rmtree(path, ignore_errors=True)
        for unit in self.units:
            file = path / unit.name
            file.parent.mkdir(parents=True, exist_ok=True)
            if unit.last >= stage:
                file.write_bytes(unit.data)
        return path

    def at(self, *, stage: int) -> list[Unit]:
        """Return what is there at a stage."""
        return [unit for unit in self.units if unit.last >= stage]

    def files(self, *, stage: int) -> int:
        """Return how many files are there at a stage."""
        return 1 if self.format == "mbox" else len(self.at(stage=stage))


def scanned(path: Path, *, format: str) -> tuple[list[Shown], int]:
    """Return what a connector finds at a path, containers included, and how many things it leaves out by a named rule."""
    findings = list(connect(path=path, format=format, exclude=Exclusions()).scan())
    return [_shown(one) for one in findings if isinstance(one, RawItem)], sum(
        isinstance(one, Excluded) for one in findings
    )


def _shown(item: RawItem) -> Shown:
    with item.open() as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Shown(b"/".join(item.folder), item.key, item.kind, digest, item.exceptions)


def halving(files: dict[str, bytes]) -> tuple[Unit, ...]:
    """Half of the files go before the second stage, half of the rest before the third."""
    return tuple(Unit(name, data, _last(number)) for number, (name, data) in enumerate(sorted(files.items())))


def vanishing(files: dict[str, bytes]) -> tuple[Unit, ...]:
    """All of the files go: one half before the second stage, the other before the third."""
    return tuple(Unit(name, data, 1 + number % 2) for number, (name, data) in enumerate(sorted(files.items())))


def messages(mbox: Path) -> tuple[Unit, ...]:
    """Cut an mbox at its separator lines, and let them go by halves."""
    data = mbox.read_bytes()
    starts = [found.start() for found in SEPARATOR.finditer(data)]
    pieces = [data[start:end] for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]
    return tuple(Unit(str(number), piece, _last(number)) for number, piece in enumerate(pieces))


def files_below(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def share_out(files: dict[str, bytes], *, common: int) -> tuple[dict[str, bytes], dict[str, bytes], dict[str, bytes]]:
    """Return two halves of the files that share nothing, and ``common`` files that belong to both."""
    names = sorted(files, key=lambda name: (len(files[name]) == 0, hashlib.sha256(name.encode()).digest()))
    parts = names[common::2], names[common + 1 :: 2], names[:common]
    first, second, both = ({name: files[name] for name in part} for part in parts)
    return first, second, both


def _last(number: int) -> int:
    return 1 if number % 2 else 2 if number % 4 else 3
