"""A collection that is being frozen isn't taken for one that a crash left behind."""

from __future__ import annotations

import threading

from django.db import connection

from legalhold.catalog.models import Pin
from legalhold.review.indexing import index_pending
from legalhold.review.models import Collection, CollectionItem
from legalhold.review.services import CollectionNameTaken, collect, collecting
from tests.organisation import START, mail


def test_two_that_freeze_one_name_at_once_make_one_collection(
    transactional_db, organisation, archive, access, monkeypatch
):
    alice = organisation.custodian("Adams, Alice")
    for name in ("Mail", "Archive"):
        organisation.capture(organisation.source(alice, name), mail(f"forecast in {name}"), day=1)
    index_pending(at=START)
    matter = organisation.matter("Acme", alice)
    others: list[threading.Thread] = []
    refused: list[str] = []
    freeze_source = collecting._freeze_source

    def freeze():
        return collect(text="forecast", matter=matter, name="First", archive=archive, access=access, at=START)

    def freeze_too():
        try:
            freeze()
        except CollectionNameTaken as error:
            refused.append(str(error))
        finally:
            connection.close()

    def freeze_slowly(*given):
        freeze_source(*given)
        if not others:
            others.append(threading.Thread(target=freeze_too))
            others[0].start()
            others[0].join(timeout=1)

    monkeypatch.setattr(collecting, "_freeze_source", freeze_slowly)

    collection = freeze()
    others[0].join(timeout=30)

    assert refused == ["matter 'Acme' has a collection named 'First' already; give this one another name"]
    assert CollectionItem.objects.filter(collection_id=collection.pk).count() == 2
    standing = set(Pin.objects.filter(ended_at=None).values_list("owner", flat=True))
    assert standing == {f"collection:{collection.key}"}
    assert Collection.objects.get() == collection
