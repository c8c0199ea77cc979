"""A receipt is checked with the public key alone."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from legalhold.audit.models import AuditEvent
from legalhold.audit.proofs import EventUnknown, EventUnsealed, is_proven, prove_event


def event_of(number):
    return AuditEvent.objects.get(subject_key=str(number))


def test_every_sealed_event_has_a_receipt(trail, key):
    receipts = [prove_event(key=event_of(number).key) for number in range(12)]

    assert [receipt.position for receipt in receipts] == list(range(12))
    assert all(is_proven(receipt=receipt, public=key.public) for receipt in receipts)


def test_receipt_of_other_words_proves_nothing(trail, key):
    receipt = prove_event(key=event_of(3).key)

    for forged in (
        replace(receipt, event=receipt.event.replace("tester", "other")),
        replace(receipt, position=4),
        replace(receipt, proof=receipt.proof[:-1]),
        replace(receipt, head={**receipt.head, "size": 13}),
    ):
        assert not is_proven(receipt=forged, public=key.public)


def test_unsealed_event_has_no_receipt_yet(trail):
    with pytest.raises(EventUnsealed, match="isn't sealed yet"):
        prove_event(key=event_of(12).key)


def test_unknown_event_has_none(trail):
    with pytest.raises(EventUnknown):
        prove_event(key=uuid4())
