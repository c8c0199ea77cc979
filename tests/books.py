"""The oracle of histories: keeps its own books of what was captured, what is kept and what was promised."""

from __future__ import annotations

from dataclasses import dataclass, field

from legalhold.catalog.models import LIVE

SOURCES, PEOPLE = range(2), range(2)


@dataclass
class Said:
    """A version as the oracle knows it."""

    source: int
    kind: int
    day: int | None
    first: int
    last: int = LIVE
    is_destroyed: bool = False
    condemned_on: int | None = None


@dataclass
class Promise:
    """A pin as the oracle knows it; ``frozen`` are the numbers of versions."""

    target: str
    on: int = 0
    kinds: int = 0
    days: tuple[int | None, int | None] = (None, None)
    frozen: frozenset[int] = frozenset()
    is_ended: bool = False


@dataclass
class Books:
    """The oracle: what was captured, what is kept, what was promised."""

    versions: list[Said] = field(default_factory=list)
    taken: dict[int, list[int]] = field(default_factory=lambda: {source: [] for source in SOURCES})
    expired: set[tuple[int, int]] = field(default_factory=set)
    owners: set[tuple[int, int]] = field(default_factory=set)
    members: set[int] = field(default_factory=set)
    pins: list[Promise] = field(default_factory=list)
    today: int = 0

    def is_kept(self, version: Said) -> bool:
        newest = len(self.taken[version.source])
        numbers = range(version.first, min(version.last, newest) + 1)
        above = any((version.source, number) not in self.expired for number in range(version.last + 1, newest + 1))
        return (
            version.last == LIVE or not above or any((version.source, number) not in self.expired for number in numbers)
        )

    def is_held(self, number: int) -> bool:
        return any(not pin.is_ended and self._matches(pin, number, self.versions[number]) for pin in self.pins)

    def _matches(self, pin: Promise, number: int, version: Said) -> bool:
        if pin.target == "frozen":
            return number in pin.frozen
        people = {person for source, person in self.owners if source == version.source}
        reached = {
            "all": True,
            "source": pin.on == version.source,
            "custodian": pin.on in people,
            "group": bool(people & self.members),
        }[pin.target]
        return (
            reached
            and (not pin.kinds or version.kind == 0 or pin.kinds >> version.kind & 1)
            and self._dated(pin, version)
        )

    def _dated(self, pin: Promise, version: Said) -> bool:
        low, high = pin.days[0] if pin.days[0] is not None else -999, pin.days[1] if pin.days[1] is not None else 999
        seen = [
            day for number, day in enumerate(self.taken[version.source], 1) if version.first <= number <= version.last
        ]
        return version.day is None or low <= version.day <= high or any(low <= day <= high for day in seen)

    def compact(self, grace_days: int) -> None:
        for number, version in enumerate(self.versions):
            if version.is_destroyed:
                continue
            if self.is_kept(version) or self.is_held(number):
                version.condemned_on = None
                continue
            version.condemned_on = self.today if version.condemned_on is None else version.condemned_on
            version.is_destroyed = self.today - version.condemned_on >= grace_days

    def cover(self, source: int) -> None:
        """All of a source was held for a while."""
        for version in self.versions:
            if version.source == source:
                version.condemned_on = None

    def rescue(self) -> None:
        for number, version in enumerate(self.versions):
            if self.is_held(number):
                version.condemned_on = None
