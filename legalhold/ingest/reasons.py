"""Why something was left out, in words: what an excluding rule is called, or what a reason code means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from legalhold.connectors import items
from legalhold.ingest.models import LedgerEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS: Final[Mapping[str, str]] = {
    items.PERMISSION_DENIED: "permission to read it was denied",
    items.UNREADABLE: "it can't be read",
    items.VANISHED: "it was gone before it could be read",
    items.TRANSIENT_SERVICE_ERROR: "it changed or failed while it was read; capture it again",
    items.UNSUPPORTED_ARTIFACT: "a symbolic link, pipe or device",
    items.UNKNOWN_REASON: "for an unknown reason",
}


def reason_text(*, fate: str, reason: str, detail: str) -> str:
    """Return why, for a person; a code nobody has words for is said as it is."""
    if fate == LedgerEntry.Fate.EXCLUDED:
        return f"excluded by the rule {reason}"
    if reason == items.UNSUPPORTED_ARTIFACT and detail:
        return detail  # it says which of them it is, or what else can't be taken
    return f"{WORDS.get(reason, reason)}{f' ({detail})' if detail else ''}"
