"""Both equations, and the catalog's own count, each seen to fail."""

from __future__ import annotations

import pytest

from legalhold.connectors import FileOpened
from legalhold.ingest.ledger import Ledger, LedgerUnbalanced, check_ledger


def balanced() -> dict[str, int]:
    ledger = Ledger()
    for _ in range(5):
        ledger.found()
    ledger.excluded(rule="tmp")
    ledger.not_captured(reason="Vanished")
    for as_ in ("container", "single", "excluded", "unreadable"):
        ledger.opened(file=FileOpened((), b"x", as_))
    captured = {"captured_new": 1, "captured_known": 1, "unchanged": 1, "containers_captured": 1}
    return ledger.closing(captured=captured, folders_listed=2)


def test_balanced_ledger_passes_and_names_every_fate():
    ledger = balanced()

    check_ledger(ledger=ledger, added=3)

    assert ledger == {
        "captured_known": 1, "captured_new": 1, "containers_captured": 1, "excluded": 1, "excluded:tmp": 1,
        "files_containers": 1, "files_excluded": 1, "files_opened": 4, "files_single": 1, "files_unreadable": 1,
        "folders_listed": 2, "items_found": 5, "not_captured": 1, "not_captured:Vanished": 1, "unchanged": 1,
    }  # fmt: skip


def test_empty_ledger_names_every_fate_with_0():
    ledger = Ledger().closing(captured={}, folders_listed=0)

    check_ledger(ledger=ledger, added=0)

    assert set(ledger.values()) == {0}
    assert {"not_captured", "captured_new", "captured_known", "unchanged", "excluded"} < set(ledger)


@pytest.mark.parametrize(
    "name", ["items_found", "captured_new", "captured_known", "unchanged", "excluded", "not_captured"]
)
def test_item_without_exactly_one_fate_is_seen(name):
    ledger = balanced()

    with pytest.raises(LedgerUnbalanced, match="items were found"):
        check_ledger(ledger={**ledger, name: ledger[name] + 1}, added=3)


@pytest.mark.parametrize(
    "name", ["files_opened", "files_containers", "files_single", "files_excluded", "files_unreadable"]
)
def test_file_without_exactly_one_end_is_seen(name):
    ledger = balanced()

    with pytest.raises(LedgerUnbalanced, match="files were opened"):
        check_ledger(ledger={**ledger, name: ledger[name] + 1}, added=3)


@pytest.mark.parametrize("added", [2, 4])
def test_version_that_the_catalog_lacks_or_has_too_many_is_seen(added):
    with pytest.raises(LedgerUnbalanced, match=f"{added} versions are in the catalog"):
        check_ledger(ledger=balanced(), added=added)
