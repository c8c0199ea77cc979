"""What an ingest captures, accounts for, refuses and says."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import transaction

from legalhold.audit.models import AuditEvent
from legalhold.catalog.capture import SourceNotActive
from legalhold.catalog.models import Content, Snapshot, Source, SourceCustodian, Version
from legalhold.connectors import ExclusionRule, Exclusions
from legalhold.formats import ItemKind
from legalhold.ingest.models import Ingest, LedgerEntry
from legalhold.ingest.services import LedgerUnbalanced, VanishedShare
from legalhold.journal.errors import JournalFrozen
from legalhold.journal.models import OutboxEntry
from legalhold.journal.services.head import freeze
from legalhold.matters.access import Access, NotAllowed


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))


def test_ingest_of_files_captures_each_and_says_so(desk):
    desk.write(a="one", b="two", c="one")

    report = desk.ingest(method="copy", note="first", tool_version="1.0", host="laptop")

    assert desk.shows(1) == {"a": b"one", "b": b"two", "c": b"one"}
    assert list(report.lines()) == [
        f"snapshot 1 of Files (alice@example.org), taken {report.taken_at:%Y-%m-%d %H:%M:%S} UTC, read as files: complete",
        "not captured: 0",
        "excluded: 0",
        "items found 3 = captured 2 (new content) + captured 1 (content already stored; reference kept)"
        " + unchanged 0 + excluded 0 + not captured 0",
        "files opened 3 = containers 0 + single items 3 + excluded 0 + unreadable 0",
        "no longer shown: 0 versions closed",
        "exceptions (kept, but not fully readable): 0",
    ]
    assert Snapshot.objects.get().custody == {
        "collected_by": "system:tester",
        "tool": "legalhold files connector 1.0",
        "method": "copy",
        "format": "files",
        "origin_host": "laptop",
        "origin_path": str(desk.folder),
        "note": "first",
    }


def test_ingest_makes_custodian_and_source_and_says_each_act_once(desk):
    desk.write(a="one")

    desk.ingest()

    [association] = SourceCustodian.objects.all()
    assert association.custodian.addresses.get().address == "alice@example.org"
    assert verbs() == ["source.created", "ingest.started", "ingest.completed"]
    journaled = OutboxEntry.objects.order_by("pk")
    assert [entry.verb for entry in journaled] == [
        "custodian.imported", "source.created", "source.associated", "snapshot.completed",
    ]  # fmt: skip
    assert all(entry.sequence is not None for entry in journaled)


def test_second_ingest_finds_what_is_unchanged_changed_new_and_gone(desk):
    desk.write(a="one", b="two", c="three", d="four", e="five")
    desk.ingest()
    desk.write(a="one", b="TWO", c="three", d="four", f="six")

    report = desk.ingest()

    ledger = report.ledger
    assert (ledger["captured_new"], ledger["unchanged"], ledger["closed"], report.sequence) == (2, 3, 2, 2)
    assert desk.shows(1)["b"] == b"two"
    assert desk.shows(2) == {"a": b"one", "b": b"TWO", "c": b"three", "d": b"four", "f": b"six"}
    assert verbs().count("source.created") == 1


@pytest.mark.parametrize(
    ("name", "format", "source"),
    [("mail/held.mbox", "mbox", "Mail"), ("maildir", "maildir", "Mail"), ("ics/team.ics", "ics", "Calendar"),
     ("vcf/team.vcf", "vcf", "Contacts"), ("files", "files", "Files"), ("eml/exact.eml", "eml", "Mail")],
)  # fmt: skip
def test_every_format_balances_and_stays_the_same(desk, samples, name, format, source):
    first = desk.ingest(samples / name)
    again = desk.ingest(samples / name)

    assert (first.source, first.state, again.state) == (source, "complete", "complete")
    assert Snapshot.objects.first().custody["format"] == format
    assert first.ledger["captured_new"] > 0
    assert again.ledger["captured_new"] + again.ledger["captured_known"] + again.ledger["closed"] == 0
    assert again.ledger["unchanged"] == first.ledger["captured_new"] + first.ledger["captured_known"]


def test_mailbox_keeps_exactly_the_messages_bytes(desk, samples):
    desk.ingest(samples / "mail" / "held.mbox")

    expected = sorted((samples / "mail" / "held.sha256").read_text().split())
    kept = Version.objects.filter(kind=ItemKind.MESSAGE)
    digests = [
        bytes(Content.objects.get(pk=pk).content_digest).hex() for pk in kept.values_list("content_id", flat=True)
    ]
    assert sorted(digests) == expected
    box = (samples / "mail" / "held.mbox").read_bytes()
    assert Content.objects.filter(content_digest=sha256(box).digest()).count() == 1
    assert Snapshot.objects.get().custody["source_digest"] == sha256(box).hexdigest()


def test_excluded_and_special_files_are_told_by_name(desk):
    desk.write(a="one", b="two")
    (desk.folder / "link").symlink_to("a")

    report = desk.ingest(exclude=Exclusions([ExclusionRule("no-b", b"b")]))

    assert (report.ledger["items_found"], report.ledger["excluded"], report.ledger["not_captured"]) == (3, 1, 1)
    entries = LedgerEntry.objects.order_by("name").values_list("name", "fate", "reason")
    assert [(bytes(name), fate, reason) for name, fate, reason in entries] == [
        (b"b", "excluded", "no-b"), (b"link", "not_captured", "UnsupportedArtifact"),
    ]  # fmt: skip
    assert "  UnsupportedArtifact: 1" in report.lines()
    assert "  no-b: 1" in report.lines()


def test_item_excluded_later_is_not_taken_as_gone(desk):
    desk.write(a="one", b="two")
    desk.ingest()

    desk.ingest(exclude=Exclusions([ExclusionRule("no-b", b"b")]))

    assert desk.shows(2) == {"a": b"one", "b": b"two"}


def test_message_excluded_later_is_not_taken_as_gone(desk):
    for box in ("cur", "new", "tmp"):
        (desk.folder / box).mkdir()
    for name in "12345":
        (desk.folder / "cur" / f"{name}:2,").write_text(f"Subject: {name}\n\n")
    desk.ingest(format="maildir")
    (desk.folder / "cur/2:2,").rename(desk.folder / "cur/2:2,T")

    report = desk.ingest(format="maildir", exclude=Exclusions([ExclusionRule("trashed", b"*:2,*T*")]))

    assert (report.ledger["excluded"], report.ledger["closed"], len(desk.shows(2))) == (1, 0, 5)


def test_file_that_changes_while_read_is_not_captured_and_keeps_its_version(desk):
    desk.write(a="one", b="two")
    desk.ingest()
    desk.write(a="one", b="three")

    def change() -> bool:
        (desk.folder / "b").write_text("changed again")
        return False

    report = desk.ingest(stop=change)

    assert (report.ledger["not_captured"], report.ledger["not_captured:TransientServiceError"]) == (1, 1)
    assert desk.shows(2) == {"a": b"one", "b": b"two"}
    assert "changed while it was read" in LedgerEntry.objects.get().detail


def test_exceptions_are_counted_by_code_and_kept(desk):
    desk.write(**{"empty.eml": "", "a.eml": "Subject: x\nFrom: a@b\nDate: Mon, 2 Mar 2026 12:00:00 +0000\n\nbody\n"})

    report = desk.ingest(format="eml")

    marks = {name: number for name, number in report.ledger.items() if name.startswith("exception:")}
    assert marks == {"exception:ZERO_BYTE": 1}
    assert len(desk.shows(1)) == 2
    assert "  ZERO_BYTE: 1" in report.lines()


def test_vanished_share_is_kept_as_partial_until_confirmed(desk):
    desk.write(a="one", b="two", c="three")
    desk.ingest()
    desk.write(a="one")

    with pytest.raises(VanishedShare, match=r"2 of 3 items of Files \(alice@example.org\) have vanished") as asked:
        desk.ingest()

    assert f"--confirm {asked.value.digest}" in str(asked.value)
    assert len(desk.shows(2)) == 3
    assert Ingest.objects.values_list("state", flat=True).get(sequence=2) == "partial"
    report = desk.ingest(confirm=asked.value.digest)
    assert (report.state, report.ledger["closed"]) == ("complete", 2)
    assert desk.shows(3) == {"a": b"one"}


def test_stopped_ingest_ends_partial_and_goes_on_next_time(desk):
    desk.write(a="one", b="two", c="three")
    asked = []

    report = desk.ingest(stop=lambda: asked.append(1) or len(asked) > 2)

    assert (report.state, report.is_interrupted, report.ledger["items_found"]) == ("partial", True, 1)
    assert any(line.startswith("interrupted:") for line in report.lines())
    assert Ingest.objects.get().because == "interrupted"
    again = desk.ingest()
    assert (again.state, again.ledger["unchanged"], again.ledger["captured_new"]) == ("complete", 1, 2)


def test_progress_is_told_and_the_heartbeat_renewed(desk, monkeypatch):
    monkeypatch.setattr("legalhold.ingest.services.scanning.TOLD_EVERY", 2)
    desk.write(a="one", b="two", c="three")
    told = []

    def progress(findings, size_bytes):
        told.append((findings, size_bytes))
        desk.clock.advance(timedelta(minutes=2))

    desk.ingest(progress=progress)

    assert told == [(2, 3), (4, 6), (6, 11), (7, 11)]
    row = Ingest.objects.get()
    assert row.heartbeat_at > row.started_at


def test_equation_that_does_not_hold_is_a_fault_and_completes_nothing(desk, monkeypatch):
    from legalhold.ingest.ledger import Ledger

    desk.write(a="one")
    monkeypatch.setattr(Ledger, "found", lambda self: None)

    with pytest.raises(LedgerUnbalanced, match="0 items were found, and 1 are accounted for"):
        desk.ingest()

    assert Snapshot.objects.get().state == "open"


def test_retired_source_is_refused(desk):
    desk.write(a="one")
    desk.ingest()
    Source.objects.update(state="retired")

    with pytest.raises(SourceNotActive, match="retired"):
        desk.ingest()


def test_who_may_not_capture_is_refused_and_nothing_changes(desk):
    desk.write(a="one")

    with pytest.raises(NotAllowed, match="capture"):
        desk.ingest(access=Access(actor="user:x", permissions=frozenset(), matters=None))

    assert (Source.objects.count(), AuditEvent.objects.count()) == (0, 0)


def test_completed_event_carries_the_ledger(desk):
    desk.write(a="one")

    report = desk.ingest()

    event = AuditEvent.objects.get(verb="ingest.completed")
    body = json.loads(bytes(event.body))
    assert event.subject_key == str(report.key)
    assert json.dumps(dict(report.ledger), sort_keys=True) in json.dumps(body, sort_keys=True)


def test_frozen_journal_refuses_before_anything_is_written(desk):
    desk.write(a="one")
    with transaction.atomic():
        freeze(because="an older copy")

    with pytest.raises(JournalFrozen, match="an older copy"):
        desk.ingest()

    assert (Source.objects.count(), Ingest.objects.count(), list(desk.archive.store.names(prefix="packs/"))) == (
        0,
        0,
        [],
    )
