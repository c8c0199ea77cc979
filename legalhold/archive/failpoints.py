"""Named places where a test may kill the process, to show that a crash there loses nothing.

Unarmed, `hit` costs one comparison. Only the delivery layer arms, from the environment.
"""

import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass

from legalhold.archive.errors import ArchiveError

FAILPOINTS = (
    "store.before_write",
    "store.mid_write",
    "store.before_fsync",
    "store.before_link",
    "store.after_link",
    "store.before_folder_fsync",
    "store.after_create",
    "store.before_unlink",
    "store.after_unlink",
    "keys.between_copies",
    "journal.before_create",
    "journal.after_create",
)


class FailpointUnknown(ArchiveError):
    """No room has registered a failpoint of this name."""


class FailpointUnusable(ArchiveError):
    """The text that should name a failpoint isn't NAME or NAME:COUNT."""


def kill_this_process() -> None:
    """End the process at once, as a power cut would: no handler, no flush."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(slots=True)
class _Armed:
    name: str
    remaining: int
    action: Callable[[], None]

    def hit(self, name: str) -> None:
        if name != self.name:
            return
        self.remaining -= 1
        if self.remaining == 0:
            self.action()


_registered: set[str] = set(FAILPOINTS)
_armed: _Armed | None = None


def hit(name: str) -> None:
    """Mark a place a crash is tried at; does nothing unless a test armed it."""
    if _armed is not None:
        _armed.hit(name)


def register(*names: str) -> None:
    """Make a room's own failpoints known; called once at import."""
    _registered.update(names)


def registered() -> tuple[str, ...]:
    """Return every failpoint known by now, sorted."""
    return tuple(sorted(_registered))


def arm(*, name: str, nth: int = 1, action: Callable[[], None] = kill_this_process) -> None:
    """Act at the nth hit of a failpoint. Raises FailpointUnknown unless a room has registered it."""
    _arm(_Armed(name, nth, action))
    refuse_unknown()


def arm_from(spec: str) -> None:
    """Arm `NAME` or `NAME:NTH` before the rooms are imported; `refuse_unknown` must follow once they are."""
    match = re.fullmatch(r"([^:]+)(?::([1-9][0-9]*))?", spec)
    if match is None:
        raise FailpointUnusable(f"{spec!r} names no failpoint: write NAME or NAME:NTH, NTH from 1 on")
    _arm(_Armed(match[1], int(match[2] or 1), kill_this_process))


def disarm() -> None:
    """Let every failpoint pass again."""
    _arm(None)


def refuse_unknown() -> None:
    """Raise FailpointUnknown if what is armed was never registered: a test of it would pass without trying anything."""
    if _armed is not None and _armed.name not in _registered:
        name = _armed.name
        disarm()
        raise FailpointUnknown(f"there is no failpoint {name!r}; there are {', '.join(registered())}")


def _arm(armed: _Armed | None) -> None:
    global _armed  # noqa: PLW0603  # one process, one failpoint: a registry object would cost every hit
    _armed = armed
