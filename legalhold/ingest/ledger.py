"""The counts that account for everything an ingest found. Each item has exactly one fate; an exception is a mark."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from legalhold.catalog.capture import CAPTURED_KNOWN, CAPTURED_NEW, CONTAINERS_CAPTURED, UNCHANGED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from legalhold.connectors import FileOpened, RawItem

NOT_CAPTURED: Final = "not_captured"
EXCLUDED: Final = "excluded"
ITEMS_FOUND: Final = "items_found"
FILES_OPENED: Final = "files_opened"
FATES: Final = (NOT_CAPTURED, CAPTURED_NEW, CAPTURED_KNOWN, UNCHANGED, EXCLUDED)
OPENED_AS: Final = {
    "container": "files_containers",
    "single": "files_single",
    "excluded": "files_excluded",
    "unreadable": "files_unreadable",
}
EXCEPTION: Final = "exception:"
REASON: Final = "not_captured:"
RULE: Final = "excluded:"


class LedgerUnbalanced(Exception):
    """An ingest's counts don't add up: something was left out silently. That is a fault of this program."""


class Ledger:
    """Counts as an ingest goes; what was found is counted apart from what became of it, so that they can disagree."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def found(self) -> None:
        """Count an item found, whatever will become of it."""
        self._counts[ITEMS_FOUND] += 1

    def excluded(self, *, rule: str) -> None:
        """Count an item that a named rule left out."""
        self._counts[EXCLUDED] += 1
        self._counts[RULE + rule] += 1

    def not_captured(self, *, reason: str) -> None:
        """Count an item whose bytes couldn't be had."""
        self._counts[NOT_CAPTURED] += 1
        self._counts[REASON + reason] += 1

    def preserved(self, *, item: RawItem) -> None:
        """Count the marks of an item that is kept."""
        for code in item.exceptions:
            self._counts[EXCEPTION + code] += 1

    def opened(self, *, file: FileOpened) -> None:
        """Count one entry of the source and what became of it."""
        self._counts[FILES_OPENED] += 1
        self._counts[OPENED_AS[file.as_]] += 1

    def closing(self, *, captured: Mapping[str, int], folders_listed: int) -> dict[str, int]:
        """Return all counts together with those of the capture; every fate is named, also with 0."""
        named = dict.fromkeys((ITEMS_FOUND, *FATES, FILES_OPENED, *OPENED_AS.values()), 0)
        return dict(sorted((named | self._counts | Counter(captured) | {"folders_listed": folders_listed}).items()))


def check_ledger(*, ledger: Mapping[str, int], added: int) -> None:
    """Raise LedgerUnbalanced unless both equations hold, and the catalog has as many new versions as were counted."""
    fates = sum(ledger[fate] for fate in FATES)
    if ledger[ITEMS_FOUND] != fates:
        raise LedgerUnbalanced(f"{ledger[ITEMS_FOUND]} items were found, and {fates} are accounted for: {dict(ledger)}")
    opened = sum(ledger[name] for name in OPENED_AS.values())
    if ledger[FILES_OPENED] != opened:
        raise LedgerUnbalanced(f"{ledger[FILES_OPENED]} files were opened, and {opened} are accounted for")
    captured = ledger[CAPTURED_NEW] + ledger[CAPTURED_KNOWN] + ledger.get(CONTAINERS_CAPTURED, 0)
    if captured != added:
        raise LedgerUnbalanced(f"{captured} items were counted as captured, and {added} versions are in the catalog")
