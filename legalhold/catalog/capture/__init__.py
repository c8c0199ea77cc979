"""Capturing a source into catalog and archive. Knows what a scan finds, not who asked for it.

Between ``begin_snapshot`` and its end a ``Capture`` takes the scan's findings; ``complete_snapshot`` or
``finish_partial`` end it; ``acknowledge`` comes before anybody is told.
"""

from legalhold.catalog.capture.capturing import (
    CAPTURED_KNOWN,
    CAPTURED_NEW,
    CONTAINERS_CAPTURED,
    CONTAINERS_UNCHANGED,
    UNCHANGED,
    Capture,
)
from legalhold.catalog.capture.finishing import FinishedSnapshot, acknowledge, complete_snapshot, finish_partial
from legalhold.catalog.capture.snapshots import (
    OpenSnapshot,
    SnapshotNotLater,
    SnapshotStillOpen,
    SourceNotActive,
    begin_snapshot,
    open_snapshot,
)
from legalhold.catalog.capture.storing import CaptureContended
from legalhold.catalog.capture.vanishing import MOST_VANISHED_PERCENT, Vanished

__all__ = [
    "CAPTURED_KNOWN",
    "CAPTURED_NEW",
    "CONTAINERS_CAPTURED",
    "CONTAINERS_UNCHANGED",
    "MOST_VANISHED_PERCENT",
    "UNCHANGED",
    "Capture",
    "CaptureContended",
    "FinishedSnapshot",
    "OpenSnapshot",
    "SnapshotNotLater",
    "SnapshotStillOpen",
    "SourceNotActive",
    "Vanished",
    "acknowledge",
    "begin_snapshot",
    "complete_snapshot",
    "finish_partial",
    "open_snapshot",
]
