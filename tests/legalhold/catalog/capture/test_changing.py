"""The same bytes, judged otherwise: what pins match on belongs to a version as much as its content."""

from __future__ import annotations

from datetime import timedelta

import pytest

from legalhold.catalog.capture import contents
from legalhold.catalog.held import is_held
from legalhold.catalog.models import LIVE, ItemFacts, Pin, Version
from legalhold.database import rows
from legalhold.formats import ItemKind

DAY = timedelta(days=1)
IMPLAUSIBLE = -60 * 365


@pytest.mark.parametrize(
    ("before", "now", "fate"),
    [
        ((1, 9), (1, 9), "unchanged"),
        ((1, 9), (2, 8), "unchanged"),
        ((None, None), (2, 8), "unchanged"),
        ((None, None), (None, None), "unchanged"),
        ((1, None), (2, None), "unchanged"),
        ((None, 9), (None, 8), "unchanged"),
        ((8, 2), (8, 2), "unchanged"),
        ((2, 9), (1, 9), "captured_known"),
        ((2, 8), (2, 9), "captured_known"),
        ((2, 8), (9, 9), "captured_known"),
        ((2, 8), (None, 8), "captured_known"),
        ((2, 8), (2, None), "captured_known"),
        ((2, None), (None, None), "captured_known"),
        ((None, 8), (None, None), "captured_known"),
        ((1, 9), (8, 2), "captured_known"),
        ((9, 1), (2, 8), "unchanged"),
        ((None, 9), (IMPLAUSIBLE, 8), "captured_known"),
        ((IMPLAUSIBLE, 8), (1, None), "unchanged"),
    ],
)
@pytest.mark.parametrize("is_large", [False, True])
def test_same_bytes_of_dates_not_spanned_before_are_a_new_version(
    mailbox, item, at, monkeypatch, before, now, fate, is_large
):
    if is_large:
        monkeypatch.setattr("legalhold.catalog.capture.capturing.BATCH_BYTES", 2)
        monkeypatch.setattr(contents, "BATCH_BYTES", 2)
    first, second = (
        item((b"a",), b"same", item_from=start and at + start * DAY, item_to=end and at + end * DAY)
        for start, end in (before, now)
    )
    mailbox.capture([first])
    again = mailbox.begin()

    again.offer(item=second)
    mailbox.finish(again)

    assert dict(again.counts) == {fate: 1}
    spans = [(1, LIVE)] if fate == "unchanged" else [(1, 1), (2, LIVE)]
    assert list(Version.objects.order_by("pk").values_list("first_seen", "last_seen")) == spans
    assert Version.objects.values("content_id").distinct().count() == 1


def test_same_bytes_of_another_kind_are_a_new_version_with_its_facts(mailbox, item):
    mail = b"Subject: told\n\nx"
    mailbox.capture([item((b"a",), mail, kind=ItemKind.FILE)])
    again = mailbox.begin()

    again.offer(item=item((b"a",), mail, kind=ItemKind.MESSAGE))
    mailbox.finish(again)

    assert dict(again.counts) == {"captured_known": 1}
    kinds = list(Version.objects.order_by("pk").values_list("kind", "first_seen", "last_seen"))
    assert kinds == [(ItemKind.FILE, 1, 1), (ItemKind.MESSAGE, 2, LIVE)]
    assert ItemFacts.objects.get().subject == "told"


def test_flags_are_those_of_a_versions_first_capture(mailbox, item):
    mailbox.capture([item((b"a",), b"one", flags=b"new"), item((b"b",), b"two")])
    again = mailbox.begin()

    again.offer(item=item((b"a",), b"one", flags=b"cur:2,S"))
    again.offer(item=item((b"b",), b"changed", flags=b"cur:2,RS"))
    mailbox.finish(again)

    assert dict(again.counts) == {"unchanged": 1, "captured_new": 1}
    kept = Version.objects.order_by("pk").values_list("item_key", "first_seen", "flags")
    assert [(bytes(key), first, flags and bytes(flags)) for key, first, flags in kept] == [
        (b"a", 1, b"new"), (b"b", 1, None), (b"b", 2, b"cur:2,RS"),
    ]  # fmt: skip


def test_hold_on_the_new_date_keeps_a_file_whose_date_alone_changed(mailbox, item, at):
    """Captured with a date outside of the hold, touched, captured again, removed: the hold's range has seen it."""
    first, second, other = (
        item((key,), b"plan", item_from=at + day * DAY, item_to=at + day * DAY)
        for key, day in ((b"plan.doc", -900), (b"plan.doc", -300), (b"kept", -900))
    )
    Pin.objects.create(
        label="2024", owner="hold:x", target="all", placed_at=at, dated_from=at - 310 * DAY, dated_to=at - 290 * DAY
    )

    for items in ([first, other], [second, other], [other]):
        mailbox.capture(items)

    held = rows.fetch(f"SELECT v.first_seen, v.last_seen FROM catalog_version v WHERE {is_held(version='v')}")
    assert held == [(2, 2)]
