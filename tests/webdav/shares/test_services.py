"""Opening and revoking shares."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from exports.models import Export
from exports.rules import ExportNotWhole
from legalhold.accounts.roles import Permission
from legalhold.audit.models import AuditEvent
from legalhold.journal.models import OutboxEntry
from legalhold.matters.access import Access, MatterUnknown, NotAllowed
from tests.webdav.shares.conftest import LAST_DAY
from webdav.credentials import SECRET_BYTES, new_secret, secret_digest, share_pepper
from webdav.models import Share
from webdav.queries import ShareUnknown, find_share, reads_of, share_state, visible_shares
from webdav.replay import HANDLERS
from webdav.services import (
    ExportNotReady,
    ReaderInvalid,
    ShareEnded,
    ShareEndsInThePast,
    ShareEndsTooLate,
    end_of_day,
    extend_share,
    open_share,
    revoke_share,
)


def test_export_that_is_known_not_to_be_whole_is_not_shared(export, archive, access, at):
    Export.objects.update(verified_at=at, findings=2)
    export.refresh_from_db()

    with pytest.raises(ExportNotWhole, match="isn't whole: 2 findings"):
        open_share(export=export, reader="counsel", ends_on=at.date(), archive=archive, access=access, at=at)

    assert Share.objects.count() == 0


def test_open_share_ends_at_midnight_of_the_matters_zone(opened):
    share = Share.objects.get()

    assert share == opened.share
    assert share.ends_at == datetime(2026, 3, 31, 22, 0, tzinfo=UTC)
    assert share.user_name.startswith("share-")
    assert len(share.user_name) == 16
    assert str(share) == share.user_name


def test_open_share_keeps_only_a_keyed_hash_of_the_secret(opened, archive):
    share = Share.objects.get()

    assert len(opened.secret) == 43
    assert bytes(share.secret_digest) == secret_digest(secret=opened.secret, pepper=share_pepper(archive=archive))


def test_open_share_leaves_the_secret_nowhere(opened, archive, tmp_path):
    secret = opened.secret.encode()

    written = [
        *OutboxEntry.objects.values_list("payload", flat=True),
        *AuditEvent.objects.values_list("body", flat=True),
    ]
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]

    assert len(written) >= 2
    assert [data for data in [*map(bytes, written), *files] if secret in data] == []


def test_open_share_is_durable_in_the_journal_when_it_returns(opened, archive):
    head = archive.journal.head()
    _, entries = archive.journal.read(head.sequence)

    assert [entry.verb for entry in entries] == ["share.opened"]


def test_open_share_writes_one_event(opened, export):
    event = AuditEvent.objects.get()

    assert (event.verb, event.actor, event.subject_key) == ("share.opened", "system:test", str(opened.share.key))
    assert event.matter_key == export.matter.key


def test_open_share_refuses_an_export_in_the_making(export, archive, access, at):
    Export.objects.update(state=Export.State.CREATING)
    export.refresh_from_db()

    with pytest.raises(ExportNotReady):
        open_share(export=export, reader="x", ends_on=LAST_DAY, archive=archive, access=access, at=at)

    assert Share.objects.count() == 0


def test_open_share_refuses_a_day_that_is_over(export, archive, access, at):
    with pytest.raises(ShareEndsInThePast):
        open_share(export=export, reader="x", ends_on=date(2026, 3, 1), archive=archive, access=access, at=at)

    assert Share.objects.count() == 0


def test_open_share_may_end_today(export, archive, access, at):
    opened = open_share(export=export, reader="x", ends_on=at.date(), archive=archive, access=access, at=at)

    assert opened.share.ends_at == end_of_day(day=at.date(), zone="Europe/Berlin")


def test_open_share_refuses_who_may_not_share(export, archive, at):
    reader = Access(actor="user:r", permissions=frozenset({Permission.READ_MATTERS}), matters=None)

    with pytest.raises(NotAllowed):
        open_share(export=export, reader="x", ends_on=LAST_DAY, archive=archive, access=reader, at=at)

    assert Share.objects.count() == 0


def test_revoke_share_ends_it_now(opened, access, at):
    revoked = revoke_share(share=opened.share, access=access, at=at + timedelta(hours=1))

    assert revoked.revoked_at == at + timedelta(hours=1)
    assert share_state(share=Share.objects.get(), at=at + timedelta(hours=1)) == "revoked"
    assert AuditEvent.objects.filter(verb="share.revoked").count() == 1


@pytest.mark.parametrize("days", [0, 60])
def test_revoke_share_says_that_it_has_ended(opened, access, at, days):
    if not days:
        revoke_share(share=opened.share, access=access, at=at)

    with pytest.raises(ShareEnded):
        revoke_share(share=opened.share, access=access, at=at + timedelta(days=days))

    assert AuditEvent.objects.filter(verb="share.revoked").count() == (0 if days else 1)


def test_revoke_share_of_a_foreign_matter_is_refused(opened, foreign, at):
    with pytest.raises(MatterUnknown):
        revoke_share(share=opened.share, access=foreign, at=at)

    assert Share.objects.get().revoked_at is None


def test_find_share_of_a_foreign_matter_says_what_an_unknown_one_says(opened, access, foreign):
    assert find_share(user_name=opened.share.user_name, access=access) == opened.share

    with pytest.raises(ShareUnknown) as hidden:
        find_share(user_name=opened.share.user_name, access=foreign)
    with pytest.raises(ShareUnknown) as unknown:
        find_share(user_name="share-none", access=access)

    assert str(hidden.value).replace(opened.share.user_name, "…") == str(unknown.value).replace("share-none", "…")


def test_reads_of_a_foreign_share_are_refused(opened, access, foreign):
    assert list(reads_of(share=opened.share, access=access)) == []

    with pytest.raises(Share.DoesNotExist):
        reads_of(share=opened.share, access=foreign)


def test_visible_shares_asks_once_whatever_their_number(opened, export, archive, access, at, django_assert_num_queries):
    for _ in range(2):
        open_share(export=export, reader="x", ends_on=LAST_DAY, archive=archive, access=access, at=at)

    with django_assert_num_queries(1):
        rows = [(share.user_name, share.export.matter.name) for share in visible_shares(access=access)]

    assert len(rows) == 3


def test_share_state_is_open_until_the_end(opened):
    share = opened.share

    assert share_state(share=share, at=share.ends_at - timedelta(microseconds=1)) == "open"
    assert share_state(share=share, at=share.ends_at) == "ended"


def test_replay_lists_the_share_and_cannot_open_it(opened, archive, access, at):
    extend_share(share=opened.share, ends_on=date(2026, 4, 30), archive=archive, access=access, at=at)
    revoke_share(share=opened.share, access=access, at=at)
    entries = [(row.verb, json.loads(bytes(row.payload))) for row in OutboxEntry.objects.order_by("pk")]
    before = Share.objects.values("key", "user_name", "reader", "ends_at", "revoked_at", "opened_by").get()
    Share.objects.all().delete()

    for verb, payload in entries:
        HANDLERS[verb](payload, at)

    assert Share.objects.values("key", "user_name", "reader", "ends_at", "revoked_at", "opened_by").get() == before
    assert bytes(Share.objects.get().secret_digest) == b""


def test_secrets_have_256_bits(random):
    assert SECRET_BYTES * 8 == 256
    assert new_secret(random=random) != new_secret(random=random)


@pytest.mark.parametrize("reader", ["", " ", "a\nb", "x" * 201])
def test_open_share_needs_a_reader_for_one_line(export, archive, access, at, reader):
    with pytest.raises(ReaderInvalid, match="1 to 200 printable"):
        open_share(export=export, reader=reader, ends_on=LAST_DAY, archive=archive, access=access, at=at)

    assert Share.objects.count() == 0


@pytest.mark.parametrize("days", [36_526, None])
def test_open_share_for_longer_than_a_century_is_refused(export, archive, access, at, days):
    day = date.max if days is None else at.date() + timedelta(days=days)

    with pytest.raises(ShareEndsTooLate, match="more than 100 years"):
        open_share(export=export, reader="Counsel", ends_on=day, archive=archive, access=access, at=at)

    assert Share.objects.count() == 0


def test_open_share_for_a_century_is_granted(export, archive, access, at):
    last = at.date() + timedelta(days=36_525)

    open_share(export=export, reader="Counsel", ends_on=last, archive=archive, access=access, at=at)

    assert Share.objects.get().ends_at == end_of_day(day=last, zone=export.matter.zone)
