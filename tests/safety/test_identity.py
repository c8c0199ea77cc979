"""Identity is the SHA-256 of bytes, never a Message-ID; and every place that shows a content keeps its reference."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from legalhold.catalog.capture import contents
from legalhold.catalog.capture.batches import Batch
from legalhold.catalog.models import Content, Version
from tests.mutating import mutate
from tests.organisation import Organisation, mail

SENT = mail("as sent", key="one")
RESENT = replace(mail("as resent", key="one"), key=b"two")
"""Other bytes under the same Message-ID."""

COPY = replace(SENT, key=b"three")
PLACES = {"A": [SENT, RESENT, COPY], "B": [SENT]}
KEPT = sorted((name, item.key, sha256(item.open().read()).digest()) for name, items in PLACES.items() for item in items)


def captured(archive) -> list[tuple[str, bytes, bytes]]:
    """Capture all places and return, of what is kept, in which source it is, where there, and its digest."""
    organisation = Organisation(archive)
    sources = {name: organisation.source(organisation.custodian(name), name) for name in PLACES}
    for name, source in sources.items():
        organisation.capture(source, *PLACES[name], day=1)
    names = {source.pk: name for name, source in sources.items()}
    digests = dict(Content.objects.values_list("pk", "content_digest"))
    return sorted(
        (names[row.source_id], bytes(row.item_key), bytes(digests[row.content_id])) for row in Version.objects.all()
    )


@pytest.mark.django_db
def test_every_place_keeps_its_reference_to_its_own_bytes(archive):
    assert captured(archive) == KEPT
    assert len({digest for _, _, digest in KEPT}) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("function", "sound", "mutant"),
    [
        (contents.content_of, "sha256(data)", "sha256(data.partition(b'Message-ID:')[2].partition(b'\\r')[0])"),
        (Batch.add, "self.versions.append(", "content.summary.digest in self._contents or self.versions.append("),
        (
            Batch.commit,
            "versions=self.versions,",
            "versions=[one for one in self.versions if one.summary.digest in kept.new],",
        ),
    ],
    ids=["told apart by Message-ID", "a batch's copy dropped", "another source's copy dropped"],
)
def test_mutant_of_identity_is_seen(archive, monkeypatch, function, sound, mutant):
    mutate(monkeypatch, function, sound, mutant)

    assert captured(archive) != KEPT
