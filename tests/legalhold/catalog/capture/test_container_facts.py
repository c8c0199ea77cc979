"""A container tells what none of its items does; what else has its bytes tells more, whichever comes first."""

import pytest

from legalhold.catalog.facts.refilling import refill_facts
from legalhold.catalog.models import ItemFacts
from legalhold.formats import ItemKind

LOOSE = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:alpha\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR\n"
MESSAGE = b"Subject: Q1\r\n\r\nhello\r\n"


def told():
    return list(ItemFacts.objects.order_by("content_id").values_list("subject", "names"))


def test_facts_of_a_container_are_of_its_loose_components(mailbox, item):
    mailbox.capture(
        [
            item((b"a", b"file"), LOOSE, kind=ItemKind.CONTAINER),
            item((b"b", b"file"), b"From a@b\n", kind=ItemKind.CONTAINER),
        ]
    )
    assert told() == [("", ["alpha"])]
    ItemFacts.objects.all().delete()

    assert refill_facts(archive=mailbox.archive).read == 1

    assert told() == [("", ["alpha"])]


@pytest.mark.parametrize("kinds", [(ItemKind.CONTAINER, ItemKind.MESSAGE), (ItemKind.MESSAGE, ItemKind.CONTAINER)])
@pytest.mark.parametrize("is_one_capture", [True, False])
def test_message_known_as_a_container_tells_its_facts(mailbox, item, kinds, is_one_capture):
    first, second = (item((name,), MESSAGE, kind=kind) for name, kind in zip((b"a", b"b"), kinds, strict=True))
    if not is_one_capture:
        mailbox.capture([first])

    mailbox.capture([first, second])

    assert told() == [("Q1", [])]
    ItemFacts.objects.all().delete()
    refill_facts(archive=mailbox.archive)
    assert told() == [("Q1", [])]


@pytest.mark.parametrize("kinds", [(ItemKind.CONTAINER, ItemKind.FILE), (ItemKind.FILE, ItemKind.CONTAINER)])
def test_container_known_as_a_file_tells_its_facts(mailbox, item, kinds):
    mailbox.capture([item((name,), LOOSE, kind=kind) for name, kind in zip((b"a", b"b"), kinds, strict=True)])

    assert told() == [("", ["alpha"])]
