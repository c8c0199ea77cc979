"""What a snapshot shows, folder by folder."""

from __future__ import annotations

from legalhold.catalog.models import LIVE, Version
from legalhold.catalog.reading import listing, shown_versions
from legalhold.formats import ItemKind


def test_listing_of_one_folder_says_all_of_a_version(mailbox, item, at):
    mailbox.capture([
        item((b"a", b"2"), b"two", name=b"B", kind=ItemKind.MESSAGE, item_from=at, exceptions=("X", "Y")),
        item((b"a", b"1"), b"one", name=b"C"), item((b"b", b"1"), b"else"),
    ])  # fmt: skip

    first, second = listing(source_id=mailbox.source.pk, sequence=1, folder=b"a")

    assert (first.name, first.item_key, first.kind, first.exceptions) == (b"B", b"2", ItemKind.MESSAGE, ("X", "Y"))
    assert (first.item_from, first.item_to, first.first_seen, first.last_seen, first.size_bytes) == (
        at,
        None,
        1,
        LIVE,
        3,
    )
    assert (second.name, second.exceptions, second.item_from, second.is_condemned) == (b"C", (), None, False)


def test_condemned_version_says_so(mailbox, item, at):
    mailbox.capture([item((b"a",), b"one", item_to=at)])
    Version.objects.update(condemned_at=at)

    [version] = listing(source_id=mailbox.source.pk, sequence=1)

    assert (version.is_condemned, version.item_to) == (True, at)


def test_versions_are_shown_in_the_order_asked_for(mailbox, item, monkeypatch):
    monkeypatch.setattr("legalhold.catalog.reading.listings.ROWS_AT_ONCE", 2)
    mailbox.capture([item((b"%d" % number,), b"%d" % number) for number in range(5)])
    ids = list(Version.objects.order_by("-pk").values_list("pk", flat=True))

    shown = list(shown_versions(versions=[*ids, 10**9]))

    assert [version.version_id for version in shown] == ids
