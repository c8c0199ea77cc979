"""Proofs of single events, as commands."""

from uuid import UUID

from django.db import connection

from legalhold.audit import triggers
from legalhold.audit.models import AuditEvent
from legalhold.database import rows
from legalhold.standalone.verify_event import check_proof


def forge(event):
    """Change an event's bytes as the database's owner can."""
    with connection.cursor() as cursor:
        if rows.is_postgresql():
            cursor.execute("SET session_replication_role = replica")
        else:
            cursor.execute("DROP TRIGGER audit_auditevent_refuses_update")
        cursor.execute("UPDATE audit_auditevent SET body = %s WHERE id = %s", [b"{}", event.pk])
        if rows.is_postgresql():
            cursor.execute("SET session_replication_role = DEFAULT")
        else:
            triggers.install(connection=connection)


def test_event_is_proven_by_a_file_that_is_checked_offline(run, done, tmp_path):
    done("matter", "create", "Case A")
    event = AuditEvent.objects.get(verb="matter.created")
    path = tmp_path / "proof.json"

    proven = done("audit", "prove", str(event.key), path)
    unknown = run("audit", "prove", str(UUID(int=7)), tmp_path / "none")

    text, _ = check_proof(path.read_bytes(), key=bytes.fromhex(proven["public_key"]))
    assert text == bytes(event.body).decode()
    assert (unknown.code, unknown.err) == (1, f"audit: no audit event has the key {UUID(int=7)}\n")


def test_event_that_was_changed_is_not_proven(run, done, tmp_path):
    done("matter", "create", "Case A")
    event = AuditEvent.objects.get(verb="matter.created")
    forge(event)

    ran = run("audit", "prove", str(event.key), tmp_path / "proof.json")

    assert (ran.code, ran.out) == (1, "the trail doesn't prove this event; `audit verify` says why\n")
    assert not (tmp_path / "proof.json").exists()
