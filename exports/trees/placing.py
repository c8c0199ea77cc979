"""Names a tree of folders and items so that every client can list and open it: lengths, numbers of entries, uniqueness.

Knows nothing of what the items are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from exports.trees.names import COMPONENT_UNITS, MARK_UNITS, name_all, numbered, readable, units

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

PATH_UNITS = 180
"""The longest path, in UTF-16 units: a reader's own folder still fits before it under Windows' 260."""
FOLDER_ENTRIES = 1_000
"""Entries of one folder."""
LISTING_BYTES = 900_000
"""What one folder's WebDAV listing may take: Windows shows a folder of more than 1,000,000 bytes as empty."""
ENTRY_BYTES = 750
"""What one entry takes in such a listing besides its name and encoded path."""
GROUPS = 900
"""Numbered folders side by side; more of them get folders of their own."""
LEAST_LEAF_UNITS = 32


@dataclass(frozen=True, slots=True)
class Step:
    """One folder on an item's path: an original name to be made safe, or a name of our own."""

    original: bytes
    limit: int = COMPONENT_UNITS
    is_fixed: bool = False

    @classmethod
    def fixed(cls, name: str) -> Step:
        """Return a folder whose name is ours and safe already."""
        return cls(original=name.encode(), is_fixed=True)

    def foreseen_units(self, *, is_strict: bool) -> int:
        """Return how long its name becomes if nothing beside it collides with it; at its longest when ``is_strict``."""
        name = readable(self.original)
        is_marked = is_strict or name.encode() != self.original
        return units(name) if self.is_fixed else min(self.limit, units(name) + MARK_UNITS * is_marked)


@dataclass(frozen=True, slots=True)
class Leaf:
    """An item's own entry: its original name, or a stem that is told apart by its number (``original`` None)."""

    index: int
    number: str
    stem: str
    extension: str
    original: bytes | None


@dataclass(slots=True)
class Branch:
    """A folder that is being filled, in the items' order."""

    branches: dict[Step, Branch] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)

    def add(self, *, steps: Sequence[Step], leaf: Leaf) -> None:
        """Put an item under its folders."""
        branch = self
        for step in steps:
            branch = branch.branches.setdefault(step, Branch())
        branch.leaves.append(leaf)


Entry = tuple[str, "Branch | Leaf"]


def name_paths(*, root: Branch, count: int, reserved: Collection[str]) -> list[tuple[str, ...]]:
    """Return the path of each of ``count`` items by its index; nothing at the root takes a ``reserved`` name."""
    paths: list[tuple[str, ...]] = [()] * count
    waiting: list[tuple[tuple[str, ...], Branch, tuple[str, ...]]] = [((), root, tuple(reserved))]
    while waiting:
        prefix, branch, taken = waiting.pop()
        for path, entry in _spread(prefix, _named(branch, prefix, taken), room=FOLDER_ENTRIES - len(taken)):
            if isinstance(entry, Leaf):
                paths[entry.index] = path
            else:
                waiting.append((path, entry, ()))
    return paths


def _named(branch: Branch, prefix: tuple[str, ...], taken: Collection[str]) -> list[Entry]:
    """Name a folder's entries: those of ours as they are, originals where they are the only ones of their name."""
    uses = Counter(step.original for step in branch.branches if not step.is_fixed)
    uses.update(leaf.original for leaf in branch.leaves if leaf.original is not None)
    limit = _leaf_limit(prefix, len(branch.leaves) + len(branch.branches))
    ours: dict[Step | Leaf, str] = {step: step.original.decode() for step in branch.branches if step.is_fixed}
    for leaf in branch.leaves:
        if leaf.original is None or uses[leaf.original] > 1:
            ours[leaf] = numbered(stem=leaf.stem, number=leaf.number, extension=leaf.extension, limit=limit)
    safe = _safe_names(branch, limit, taken={*ours.values(), *taken}, ours=ours)
    entries: list[Entry] = [(_name_of(step, ours, safe), below) for step, below in branch.branches.items()]
    return entries + [(_name_of(leaf, ours, safe), leaf) for leaf in branch.leaves]


def _name_of(part: Step | Leaf, ours: Mapping[Step | Leaf, str], safe: Mapping[bytes | None, str]) -> str:
    return ours[part] if part in ours else safe[part.original]


def _safe_names(
    branch: Branch, limit: int, *, taken: Collection[str], ours: dict[Step | Leaf, str]
) -> Mapping[bytes | None, str]:
    steps = [step for step in branch.branches if step not in ours]
    leaves = [leaf.original for leaf in branch.leaves if leaf not in ours and leaf.original is not None]
    shortest = min([step.limit for step in steps] + ([limit] if leaves else []), default=limit)
    originals = [step.original for step in steps] + leaves
    return dict[bytes | None, str](name_all(originals=originals, limit=shortest, taken=taken).items())


def _leaf_limit(prefix: tuple[str, ...], count: int) -> int:
    """Return how long an item's own name may be here; a folder that may be spread over numbered ones leaves less."""
    spread_units = 8 if count * (ENTRY_BYTES + 9 * PATH_UNITS) > LISTING_BYTES else 0
    used = sum(units(name) + 1 for name in prefix) + spread_units
    return max(LEAST_LEAF_UNITS, min(COMPONENT_UNITS, PATH_UNITS - used))


def _spread(prefix: tuple[str, ...], entries: list[Entry], *, room: int) -> list[tuple[tuple[str, ...], Branch | Leaf]]:
    """Give the entries their paths, in numbered folders of the items' order where one folder can't hold them."""
    groups = _groups(prefix, entries, room=room)
    if len(groups) == 1:
        return [((*prefix, name), entry) for name, entry in groups[0]]
    return [
        ((*prefix, *_group_names(number, len(groups)), name), entry)
        for number, group in enumerate(groups)
        for name, entry in group
    ]


def _group_names(number: int, count: int) -> tuple[str, ...]:
    if count <= GROUPS:
        return (f"{number + 1:03}",)
    return f"{number // GROUPS + 1:03}", f"{number % GROUPS + 1:03}"


def _groups(prefix: tuple[str, ...], entries: list[Entry], *, room: int) -> list[list[Entry]]:
    groups: list[list[Entry]] = [[]]
    size = 0
    above = len(quote("/".join(prefix))) + len("/dav//000/000/")
    for name, entry in entries:
        cost = ENTRY_BYTES + above + len(quote(name)) + len(name.encode())
        if groups[-1] and (len(groups[-1]) >= room or size + cost > LISTING_BYTES):
            groups.append([])
            size = 0
        groups[-1].append((name, entry))
        size += cost
    return groups
