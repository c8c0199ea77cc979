"""Every delay and threshold that makes destroying safe, by name, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

GRACE: Final = timedelta(days=7)
"""Between condemning and destroying: time for a person to notice, and for readers and replicas to be done."""

BATCH: Final = timedelta(milliseconds=25)
"""A destroying transaction under the guard lasts no longer: placing a hold waits for at most one of them."""

FIRST_BATCH_ROWS: Final = 100
"""Small enough that even the first batch, whose speed isn't known yet, is over in ``BATCH``."""

FEWEST_BATCH_ROWS: Final = 20
"""Fewer cost a commit each and hold the guard hardly shorter: one slow flush of the disk must not slow the whole run."""

MOST_BATCH_ROWS: Final = 5_000
"""Growth ends here: more rows in one statement gain nothing and cost memory."""

MOST_SHARE_PERCENT: Final = 30
"""A plan that destroys more of the installation, or of one source, is a mistake more often than a wish: it asks."""

SHARE_FLOOR_VERSIONS: Final = 100
"""Of a source with fewer versions, any change is a large share: only the installation's share is asked about."""

HALF_LIVE_PERCENT: Final = 50
"""A pack with less than this left is rewritten by every run; above it the copying costs more than it frees."""

REWRITE_WITHIN: Final = timedelta(days=30)
"""Names of destroyed items leave the manifests no later than this after their destruction (``is_full``: at once)."""
