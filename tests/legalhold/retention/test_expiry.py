"""Expiring: what no profile keeps, never the newest complete one, nothing destroyed, and only by who may."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from legalhold.accounts.roles import PERMISSIONS, Role
from legalhold.audit.models import AuditEvent
from legalhold.catalog.models import Snapshot, Source, Version
from legalhold.database import gate, guard
from legalhold.journal import services as journal
from legalhold.journal.errors import JournalFrozen
from legalhold.journal.models import OutboxEntry
from legalhold.matters.access import Access, NotAllowed
from legalhold.retention.services import Expired, expire_snapshots, expiry

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def on_day():
    return lambda day: START + timedelta(days=day)


def reasons(source) -> dict[int, str]:
    return dict(Snapshot.objects.filter(source=source, expired_at=None).values_list("sequence", "kept_by"))


def test_old_snapshots_expire_and_the_rest_says_why_it_stays(keeping, on_day):
    keeping.profile(is_default=True, keep_all_days=10, monthly_months=2)
    source = keeping.source(0, 3, 20, 25)

    done = keeping.expire(26)

    assert done == Expired(sources=1, kept=3, expired=1)
    assert reasons(source) == {1: "Standard: monthly", 3: "Standard: all", 4: "Standard: newest complete"}
    ends = dict(Snapshot.objects.filter(source=source).values_list("sequence", "expires_at"))
    assert (ends[1], ends[3], ends[4]) == (on_day(59), on_day(30), None)
    gone = Snapshot.objects.get(source=source, sequence=2)
    assert (gone.expired_at, gone.kept_by) == (on_day(26), "")


def test_expiry_is_recorded_and_journaled_per_source(keeping):
    profile = keeping.profile(is_default=True, keep_all_days=1)
    source = keeping.source(0, 1, 2)
    keeping.source(0)

    keeping.expire(30)

    expected = {"source": str(source.key), "sequences": [1, 2], "profiles": [str(profile.key)]}
    [entry] = OutboxEntry.objects.filter(verb="snapshot.expired")
    assert json.loads(bytes(entry.payload)) == expected
    event = AuditEvent.objects.get(verb="snapshot.expired")
    assert (json.loads(bytes(event.body))["body"], event.subject_key) == (expected, str(source.key))


def test_expiring_again_changes_nothing(keeping):
    keeping.profile(is_default=True, keep_all_days=1)
    source = keeping.source(0, 1, 2)
    keeping.expire(30)

    assert keeping.expire(30) == Expired(sources=1, kept=1, expired=0)

    assert keeping.left(source) == [3]
    assert AuditEvent.objects.filter(verb="snapshot.expired").count() == 1


def test_source_without_a_profile_keeps_everything(keeping):
    source = keeping.source(0, 1)

    assert keeping.expire(100_000) == Expired(sources=0, kept=0, expired=0)

    assert keeping.left(source) == [1, 2]


def test_newest_complete_snapshot_of_an_active_source_never_expires(keeping):
    keeping.profile(is_default=True, keep_all_days=0)
    source = keeping.source(0, 1)
    keeping.snapshot(source, 2, state="partial")

    keeping.expire(100_000)

    assert keeping.left(source) == [2]


def test_mutant_that_keeps_no_newest_expires_it_where_the_profile_keeps_none(keeping, monkeypatch):
    keeping.profile(is_default=True, keep_all_days=0)
    source = keeping.source(0, 1)
    kept = expiry.kept_snapshots
    monkeypatch.setattr(
        expiry,
        "kept_snapshots",
        lambda **given: {
            number: one if one.because == "all" else type(one)("mutant", "mutant", START)
            for number, one in kept(**given).items()
        },
    )

    keeping.expire(100_000)

    assert keeping.left(source) == []


def test_retired_source_keeps_its_last_by_the_profile_alone(keeping):
    keeping.profile(is_default=True, keep_all_days=0)
    source = keeping.source(0, 1, state="retired")

    keeping.expire(100_000)

    assert reasons(source) == {2: "Standard: last 1"}


def test_open_snapshot_is_left_alone(keeping):
    keeping.profile(is_default=True, keep_all_days=0)
    source = keeping.source(0, 1)
    keeping.snapshot(source, 2, state="open")

    keeping.expire(1000)

    assert keeping.left(source) == [2, 3]


def test_source_being_removed_is_left_to_its_removal(keeping):
    keeping.profile(is_default=True, keep_all_days=0)
    source = keeping.source(0, 1)
    with guard.exclusive(), gate.opened():
        Source.objects.update(state="removing")

    assert keeping.expire(1000).sources == 0

    assert keeping.left(source) == [1, 2]


def test_profile_that_has_got_longer_meanwhile_is_the_one_applied(keeping, monkeypatch):
    """The profile is read in the transaction that expires: an older reading would expire what is kept by now."""
    keeping.profile(is_default=True, keep_all_days=1)
    source = keeping.source(0, 1, 2)
    apply = expiry._apply

    def lengthen_then_apply(*given, **named):
        keeping.profile(is_default=True, keep_all_days=5000)
        return apply(*given, **named)

    monkeypatch.setattr(expiry, "_apply", lengthen_then_apply)

    keeping.expire(30)

    assert keeping.left(source) == [1, 2, 3]


def test_expiring_destroys_nothing(keeping):
    keeping.profile(is_default=True, keep_all_days=0)
    source = keeping.source(0, 1, 2)
    Version.objects.create(
        source_id=source.pk, folder_id=1, item_key=b"k", name=b"n", kind=1, first_seen=1, last_seen=1, size_bytes=1,
        content_id=1,
    )  # fmt: skip

    keeping.expire(1000)

    version = Version.objects.get()
    assert (version.condemned_at, Snapshot.objects.count()) == (None, 3)


def test_frozen_journal_refuses_and_nothing_expires(keeping):
    keeping.profile(is_default=True, keep_all_days=0)
    source = keeping.source(0, 1)
    journal.freeze(because="a person must look")

    with pytest.raises(JournalFrozen):
        keeping.expire(1000)

    assert keeping.left(source) == [1, 2]


def test_only_who_manages_retention_expires(keeping, at):
    keeping.profile(is_default=True, keep_all_days=0)
    source = keeping.source(0, 1)

    for role in (Role.AUDITOR, Role.MATTER_READER, Role.SYSTEM_ADMINISTRATOR):
        with pytest.raises(NotAllowed, match="manage_retention"):
            expire_snapshots(access=Access("user:other", PERMISSIONS[role], None), at=at + timedelta(days=1000))

    assert keeping.left(source) == [1, 2]
