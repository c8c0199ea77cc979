"""What a run explores: how many of each thing, which actors take part, and which bug is seeded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.model.state import CATALOG_END, JOURNAL, LISTED, PROTECT, SIZE, TOLD, WRITTEN

CUSTODIAN = -1


@dataclass(frozen=True, slots=True)
class Scope:
    """One configuration.  `choices` are the listings (1, 2 contents, 3 gone) that a source's ingest may find."""

    name: str
    snapshots: tuple[int, int] = (1, 0)
    choices: tuple[tuple[int, ...], tuple[int, ...]] = ((1,), (1,))
    contents: tuple[int, int] = (0b01, 0b01)  # parts of each content, as bits
    packs: int = 2
    targets: tuple[int, ...] = ()  # of each hold: CUSTODIAN or a source
    associated: int = 0b11  # sources that belong to the custodian from the start
    compactors: int = 1
    associate: bool = False
    release: bool = False
    expire: bool = False
    reverse: bool = False
    remove: bool = False
    plan: bool = False
    repack: bool = False
    crash: bool = False
    journal: bool = False
    restore: bool = False
    rebuild: bool = False
    early: bool = True  # whether what can only do harm later is a broken promise already
    mutant: str = ""
    pinned: tuple[int, ...] = field(init=False, default=())
    rows: tuple[int, ...] = field(init=False, default=())
    parts_of: tuple[int, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "pinned", tuple(self._pinned(protect) for protect in range(256)))
        object.__setattr__(self, "rows", tuple(1 << c | parts << 2 for c, parts in enumerate(self.contents)))
        both = self.contents[0] | self.contents[1]
        object.__setattr__(self, "parts_of", (0, self.contents[0], self.contents[1], both))

    def _pinned(self, protect: int) -> int:
        """Give the sources that pins match, as bits."""
        sources = 0
        for hold, target in enumerate(self.targets):
            if protect >> hold & 1 and not protect >> 2 + hold & 1:
                sources |= protect >> 4 & 3 if target == CUSTODIAN else 1 << target
        return sources

    @property
    def sources(self) -> range:
        """Give the numbers of the sources that take part."""
        return range(2 if self.snapshots[1] else 1)

    @property
    def captures_again(self) -> bool:
        """Tell whether a second snapshot may find the item unchanged or gone."""
        return any(count > 1 for count in self.snapshots)

    @property
    def initial(self) -> bytes:
        """Give the empty house; what is associated from the start was told and is durable."""
        state = bytearray(SIZE + (CATALOG_END if self.restore else 0))
        for at in (PROTECT, TOLD, *((WRITTEN, JOURNAL) if self.journal else ())):
            state[at] = self.associated << 4
        assert state[LISTED] == 0
        return bytes(state)


Step = tuple[Any, ...]
Steps = list[tuple[Step, bytes]]
