"""An entry stands or falls with its act."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from legalhold.archive import NotCanonical
from legalhold.journal import services as journal
from legalhold.journal.errors import JournalFrozen
from legalhold.journal.models import OutboxEntry


def test_entry_is_canonical_and_unwritten(db, at):
    with transaction.atomic():
        journal.append(verb="thing.done", payload={"b": 1, "a": "ä"}, at=at)

    entry = OutboxEntry.objects.get()

    assert (entry.verb, bytes(entry.payload), entry.recorded_at, entry.sequence) == (
        "thing.done", '{"a":"ä","b":1}'.encode(), at, None,
    )  # fmt: skip


def test_entry_is_gone_with_its_act(db, at):
    with transaction.atomic():
        journal.append(verb="thing.done", payload={}, at=at)
        transaction.set_rollback(True)

    assert OutboxEntry.objects.count() == 0


def test_entry_outside_a_transaction_is_refused(transactional_db, at):
    with pytest.raises(TransactionManagementError, match="in the transaction of the act"):
        journal.append(verb="thing.done", payload={}, at=at)

    assert OutboxEntry.objects.count() == 0


def test_payload_without_one_spelling_is_refused(db, at):
    with pytest.raises(NotCanonical, match="float"):
        journal.append(verb="thing.done", payload={"share": 0.3}, at=at)

    assert OutboxEntry.objects.count() == 0


def test_many_entries_keep_their_order(db, at):
    journal.append_all(entries=[("thing.done", {"number": number}) for number in range(100)], at=at)

    payloads = [bytes(payload) for payload in OutboxEntry.objects.order_by("pk").values_list("payload", flat=True)]
    assert payloads == [b'{"number":%d}' % number for number in range(100)]


def test_entry_while_frozen_is_refused_with_the_reason(db, at):
    journal.freeze(because="the moon is full.")

    with pytest.raises(JournalFrozen, match="the moon is full"):
        journal.append(verb="thing.done", payload={}, at=at)

    assert OutboxEntry.objects.count() == 0
