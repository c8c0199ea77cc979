"""An event stands or falls with its act, and is never changed."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction
from django.db.transaction import TransactionManagementError

from legalhold.archive import NotCanonical
from legalhold.audit.merkle import leaf_digest
from legalhold.audit.models import AuditEvent, SealedEvent, TreeHead
from legalhold.audit.queries import newest_sealed_at
from legalhold.audit.replay import HANDLERS
from legalhold.audit.services import record
from legalhold.database import rows

MATTER = UUID("11111111-2222-3333-4444-555555555555")
WHAT = {"verb": "hold.placed", "by": "system:tester", "subject_kind": "hold", "subject_key": "k"}


def test_event_says_everything_in_its_hashed_bytes(db, at):
    event = record(**WHAT, at=at, matter_key=MATTER, body={"pins": 3, "names": ["ä"]})

    stored = AuditEvent.objects.get()
    assert json.loads(bytes(stored.body)) == {
        "key": str(event.key), "at": 1_772_452_800_000_000, "actor": "system:tester", "verb": "hold.placed",
        "subject_kind": "hold", "subject_key": "k", "matter_key": str(MATTER), "body": {"pins": 3, "names": ["ä"]},
    }  # fmt: skip
    assert bytes(stored.leaf_digest) == leaf_digest(bytes(stored.body))
    assert (stored.at, stored.actor, stored.verb, stored.matter_key) == (at, "system:tester", "hold.placed", MATTER)
    assert str(stored) == "hold.placed by system:tester"


def test_event_is_gone_with_its_act(db, at):
    with transaction.atomic():
        record(**WHAT, at=at)
        transaction.set_rollback(True)

    assert AuditEvent.objects.count() == 0


def test_event_outside_a_transaction_is_refused(transactional_db, at):
    with pytest.raises(TransactionManagementError, match="in the transaction of the act"):
        record(**WHAT, at=at)

    assert AuditEvent.objects.count() == 0


def test_body_without_one_spelling_is_refused(db, at):
    with pytest.raises(NotCanonical):
        record(**WHAT, at=at, body={"share": 0.5})

    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize("table", ["audit_auditevent", "audit_sealedevent", "audit_treehead"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET {}", "TRUNCATE {}"])
def test_trail_is_only_added_to(trail, table, statement):
    column = {
        "audit_auditevent": "actor = 'x'",
        "audit_sealedevent": "event_id = event_id + 1000",
        "audit_treehead": "size = size + 1",
    }
    says = "syntax error" if statement.startswith("TRUNCATE") and not rows.is_postgresql() else "only added to"

    with pytest.raises(DatabaseError, match=says), transaction.atomic():
        rows.execute(statement.format(table, column[table]))

    assert (AuditEvent.objects.count(), SealedEvent.objects.count(), TreeHead.objects.count()) == (13, 12, 3)


def test_rows_name_themselves(trail):
    assert str(SealedEvent.objects.get(position=0)).endswith(" at 0")
    assert str(TreeHead.objects.get(size=12)) == "head of 12 events"


def test_newest_sealed_time_is_the_newest_heads(db, trail, at):
    assert newest_sealed_at() == TreeHead.objects.get(size=12).sealed_at


def test_trail_without_a_head_was_never_sealed(db):
    assert newest_sealed_at() is None


def test_replay_has_nothing_to_rebuild(db, at):
    HANDLERS["audit.sealed"]({"size": 3}, at)

    assert TreeHead.objects.count() == 0
