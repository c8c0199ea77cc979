"""How long a pack row may stand before its file: shared by those who write packs and those who clean up after them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

WRITING_LEASE: Final = timedelta(hours=1)
"""Given up after this without a heartbeat; far longer than writing one pack takes."""
