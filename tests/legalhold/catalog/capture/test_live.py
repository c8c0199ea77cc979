"""What a scan's listings show to be gone, and what they say nothing of."""

from __future__ import annotations

import pytest

from legalhold.catalog.capture import live
from legalhold.catalog.models import LIVE, Version

A, AB, ABC = (b"a",), (b"a", b"b"), (b"a", b"b", b"c")


@pytest.fixture
def tree(mailbox, item):
    """One item each in the root, `a`, `a/b` and `a/b/c`."""
    items = [item((*folder, b"x"), b"".join(folder) or b"root") for folder in ((), A, AB, ABC)]
    mailbox.capture(items)
    return items


def closed(mailbox) -> list[str]:
    """The folders whose item the second snapshot closed."""
    ids = Version.objects.exclude(last_seen=LIVE).values_list("folder_id", flat=True)
    from legalhold.catalog.models import Folder

    return sorted(
        bytes(path).decode() for path in Folder.objects.filter(pk__in=list(ids)).values_list("path", flat=True)
    )


@pytest.mark.parametrize(
    ("listed", "gone"),
    [
        ({}, []),
        ({(): {b"a"}}, [""]),
        ({(): set()}, ["", "a", "a/b", "a/b/c"]),
        ({A: {b"b"}}, ["a"]),
        ({A: set()}, ["a", "a/b", "a/b/c"]),
        ({(): set(), A: {b"b"}}, ["", "a"]),
        ({(): {b"a"}, A: set(), ABC: set()}, ["", "a", "a/b", "a/b/c"]),
        ({(): {b"a"}, A: {b"b"}, AB: {b"c"}, ABC: set()}, ["", "a", "a/b", "a/b/c"]),
        ({(b"z",): set()}, []),
    ],
)
def test_only_what_a_listing_accounts_for_is_gone(mailbox, tree, listed, gone):
    mailbox.capture([], listed=listed)

    assert closed(mailbox) == gone


def test_item_met_again_is_not_gone(mailbox, tree, item):
    mailbox.capture([tree[2]])

    assert closed(mailbox) == ["", "a", "a/b/c"]


def test_item_that_could_not_be_read_is_not_gone(mailbox, tree):
    capture = mailbox.begin()
    capture.carry(folder=A, key=b"x")
    for folder in ((), A):
        capture.list_folder(listing=live_listing(folder))
    mailbox.finish(capture)

    assert closed(mailbox) == ["", "a/b", "a/b/c"]


def test_folder_with_something_unknown_missing_loses_nothing(mailbox, tree):
    capture = mailbox.begin()
    capture.carry(folder=A, key=None)
    capture.list_folder(listing=live_listing(()))
    mailbox.finish(capture)

    assert closed(mailbox) == ["", "a/b", "a/b/c"]


def test_folder_listed_twice_has_the_folders_of_both(mailbox, tree):
    capture = mailbox.begin()
    capture.list_folder(listing=live_listing((), b"a"))
    capture.list_folder(listing=live_listing((), b"z"))
    mailbox.finish(capture)

    assert closed(mailbox) == [""]


def live_listing(folder, *names):
    from legalhold.connectors import FolderListed

    return FolderListed(folder, names)


def test_seeded_bug_that_takes_an_unlisted_folder_for_empty_is_seen(mailbox, tree, monkeypatch):
    monkeypatch.setattr(live, "_is_accounted_for", lambda folder, listed: True)

    mailbox.capture([], listed={})

    assert closed(mailbox) != []
