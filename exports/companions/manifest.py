"""``_verify/manifest-sha256.txt``: what ``sha256sum -c`` checks from the export's root."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LINES_PER_BLOCK = 2_000


def manifest(*, files: Iterable[tuple[tuple[str, ...], bytes]]) -> Iterator[bytes]:
    """Yield a line for each file, given by path and SHA-256. Our names hold no backslash and no line end, so none is escaped."""
    lines: list[str] = []
    for path, digest in files:
        lines.append(f"{digest.hex()}  {'/'.join(path)}\n")
        if len(lines) == LINES_PER_BLOCK:
            yield "".join(lines).encode()
            lines.clear()
    yield "".join(lines).encode()
