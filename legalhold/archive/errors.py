"""The root of what can go wrong in the archive, and a damage as a value. Knows no format."""

from dataclasses import dataclass


class ArchiveError(Exception):
    """Anything the archive refuses or can't do; the message names the object and what to do."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One place that isn't what was written: the object's name, the offset in bytes, and what was found there."""

    name: str
    offset: int
    reason: str

    def __str__(self) -> str:
        return f"{self.name} at byte {self.offset}: {self.reason}"
