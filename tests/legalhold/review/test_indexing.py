"""The index forgets what was destroyed: no row and no word of it stays."""

from __future__ import annotations

import pytest
from django.db import connection

from legalhold.catalog.models import Tombstone, Version
from legalhold.formats import ItemKind
from legalhold.review.indexing import drop_destroyed, index_pending
from legalhold.review.models import IndexRow
from legalhold.review.texts import as_words, is_item, split_codes
from tests.organisation import START, container, mail


def bury(version: Version) -> None:
    """Write the tombstone that destroying a version leaves."""
    Tombstone.objects.create(
        version_id=version.pk, source_id=version.source_id, version_digest=bytes(32), content_digest=bytes(32), kind=version.kind,
        size_bytes=version.size_bytes, first_seen=1, last_seen=1, run_key="00000000-0000-0000-0000-000000000000",
        because="test", destroyed_at=START,
    )  # fmt: skip


def words_left() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM review_indexrow")
        return str(cursor.fetchall())


@pytest.fixture
def captured(organisation):
    organisation.capture(
        organisation.source(None), mail("secret plan", to="Mallory <mallory@example.com>"), mail("harmless"), day=1
    )
    index_pending(at=START)


def test_drop_destroyed_leaves_nothing_of_the_words(captured):
    assert "mallory" in words_left()
    bury(Version.objects.get(name=b"secret plan"))

    assert drop_destroyed() == 1

    assert not {word for word in ("secret", "plan", "mallory") if word in words_left()}
    assert "harmless" in words_left()


def test_drop_destroyed_drops_nothing_that_stands(captured):
    assert drop_destroyed() == 0
    assert IndexRow.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "exceptions", "is_one"),
    [
        (ItemKind.MESSAGE, "", True),
        (ItemKind.CONTAINER, "", False),
        (ItemKind.CONTAINER, "TRUNCATED,CONTAINER_REMAINDER", True),
    ],
)
def test_is_item_takes_containers_only_with_a_remainder(kind, exceptions, is_one):
    assert is_item(kind=kind, exceptions=exceptions) is is_one


def test_words_of_two_values_are_not_side_by_side():
    assert as_words(["One two", "", "three"]) == " one two  three "
    assert split_codes("A,B C") == ["A", "B", "C"]


def test_index_knows_everybody_a_message_comes_from(organisation):
    said = mail("letter", sender="ann@example.com\nSender: sec@example.com\nReply-To: desk@example.com")
    organisation.capture(organisation.source(None), said, day=1)

    index_pending(at=START)

    row = IndexRow.objects.get()
    assert (row.sender, row.addressees) == (" ann example com  sec example com ", " alice adams alice example com ")
    assert row.participants == " ann example com  sec example com  desk example com  alice adams alice example com "


def test_container_is_found_by_what_it_holds_loose(organisation):
    loose = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:secret talk\nATTENDEE:mailto:mallory@example.com\nEND:VEVENT\nEND:VCALENDAR\n"
    organisation.capture(organisation.source(None), container("team.ics", loose, is_remainder=True), day=1)

    index_pending(at=START)

    row = IndexRow.objects.get()
    assert (row.addressees, row.words) == (
        " mallory example com ",
        " mallory example com  team ics  team ics  secret talk ",
    )
