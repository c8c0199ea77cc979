"""Says on standard error how far a long act is: in place on a terminal, else a line now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.cli.printing import size

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

LOG_SECONDS = 5.0
SCREEN_SECONDS = 0.2
SECONDS_PER_MINUTE = 60


class Progress:
    """Tells items and bytes done, their rate, and what remains where the total is known. ``clock`` counts seconds."""

    def __init__(self, *, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._is_screen = stream.isatty()
        self._began = self._told = clock()
        self._is_dirty = False

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self.clear()
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def tell(self, *, items: int, size_bytes: int = 0, total: int | None = None, noun: str = "items") -> None:
        """Say how far it is, if it is time to."""
        now = self._clock()
        if now - self._told < (SCREEN_SECONDS if self._is_screen else LOG_SECONDS):
            return
        self._told = now
        line = _line(items, size_bytes, total, noun, max(now - self._began, 0.001))
        if self._is_screen:
            self._stream.write(f"\r\x1b[K{line}")
            self._stream.flush()
            self._is_dirty = True
        else:
            self.say(line)

    def clear(self) -> None:
        """Take away a line that was to be written over."""
        if self._is_dirty:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._is_dirty = False


def _line(items: int, size_bytes: int, total: int | None, noun: str, seconds: float) -> str:
    parts = [f"{items:,} {noun}" if total is None else f"{items:,} of {total:,} {noun}"]
    if size_bytes:
        parts.append(f"{size(size_bytes)}, {size(int(size_bytes / seconds))}/s")
    parts.append(f"{items / seconds:,.0f} {noun}/s")
    if total is not None and 0 < items <= total:
        parts.append(f"{_length((total - items) * seconds / items)} left")
    return ", ".join(parts)


def _length(seconds: float) -> str:
    whole = round(seconds)
    return (
        f"{whole} s"
        if whole < SECONDS_PER_MINUTE
        else f"{whole // SECONDS_PER_MINUTE} min {whole % SECONDS_PER_MINUTE} s"
    )
