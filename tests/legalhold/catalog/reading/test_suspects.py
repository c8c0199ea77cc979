"""Contents that seem not to be whole, by what the catalog and the store's names tell."""

from __future__ import annotations

from hashlib import sha256

import pytest

from legalhold.catalog.models import Content, Pack, Part
from legalhold.catalog.reading import suspect_contents

WHOLE, OTHER = b"whole", b"other"
DIGESTS = [sha256(data).digest() for data in (WHOLE, OTHER)]


@pytest.fixture
def captured(mailbox, item):
    """Two files and one without bytes, each batch in a pack."""
    for data in (WHOLE, OTHER):
        mailbox.capture([item((b"Files", data), data), item((b"Files", b"empty"), b"")])
    return mailbox


def test_nothing_is_suspect_of_what_is_whole(captured):
    digests = [bytes(content.content_digest) for content in Content.objects.all()]

    assert len(digests) == 5
    assert suspect_contents(digests=digests, archive=captured.archive) == set()


def test_content_in_a_pack_that_the_store_has_not_is_suspect(captured):
    pack = Pack.objects.get(pk=Part.objects.get(part_digest=DIGESTS[0]).pack_id)
    captured.archive.store.delete(name=pack.name)

    assert suspect_contents(digests=DIGESTS, archive=captured.archive) == {DIGESTS[0]}
    assert suspect_contents(digests=DIGESTS[1:], archive=captured.archive) == set()


def test_content_without_its_parts_is_suspect(captured, damage):
    content = Content.objects.get(content_digest=DIGESTS[1])
    damage("DELETE FROM catalog_contentpart WHERE content_id = %s", [content.pk])

    assert suspect_contents(digests=DIGESTS, archive=captured.archive) == {DIGESTS[1]}


def test_content_in_a_pack_that_is_condemned_is_suspect(captured, damage):
    damage(
        "UPDATE catalog_pack SET state = 'condemned' WHERE id = %s", [Part.objects.get(part_digest=DIGESTS[0]).pack_id]
    )

    assert suspect_contents(digests=DIGESTS, archive=captured.archive) == {DIGESTS[0]}
