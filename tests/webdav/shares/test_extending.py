"""Extending shares."""

import json
from datetime import UTC, date, datetime

import pytest

from legalhold.audit.models import AuditEvent
from legalhold.database.fields import to_micros
from legalhold.matters.access import MatterUnknown
from tests.webdav.shares.conftest import LAST_DAY
from webdav.models import Share
from webdav.services import (
    ShareEnded,
    ShareEndsInThePast,
    ShareEndsTooLate,
    ShareNotExtended,
    extend_share,
    revoke_share,
)


def test_extend_share_moves_its_end_and_keeps_its_secret(opened, archive, access, at):
    before = bytes(Share.objects.get().secret_digest)

    extended = extend_share(share=opened.share, ends_on=date(2026, 4, 30), archive=archive, access=access, at=at)

    share = Share.objects.get()
    assert share.ends_at == extended.ends_at == datetime(2026, 4, 30, 22, 0, tzinfo=UTC)
    assert bytes(share.secret_digest) == before
    event = AuditEvent.objects.get(verb="share.extended")
    assert json.loads(bytes(event.body))["body"]["ends_at"] == to_micros(share.ends_at)
    assert [entry.verb for _, entries in archive.journal.verify() for entry in entries] == [
        "share.opened",
        "share.extended",
    ]


@pytest.mark.parametrize(
    ("ends_on", "fact"),
    [
        (LAST_DAY, ShareNotExtended),
        (date(2026, 3, 5), ShareNotExtended),
        (date(2026, 3, 1), ShareEndsInThePast),
        (date.max, ShareEndsTooLate),
    ],
)
def test_extend_share_to_no_later_day_changes_nothing(opened, archive, access, at, ends_on, fact):
    with pytest.raises(fact):
        extend_share(share=opened.share, ends_on=ends_on, archive=archive, access=access, at=at)

    assert Share.objects.get().ends_at == opened.share.ends_at
    assert AuditEvent.objects.filter(verb="share.extended").count() == 0


def test_extend_share_that_is_over_is_refused(opened, archive, access, at):
    revoke_share(share=opened.share, access=access, at=at)

    with pytest.raises(ShareEnded):
        extend_share(share=opened.share, ends_on=date(2026, 4, 30), archive=archive, access=access, at=at)

    assert Share.objects.get().ends_at == opened.share.ends_at


def test_extend_share_of_a_foreign_matter_is_refused(opened, archive, foreign, at):
    with pytest.raises(MatterUnknown):
        extend_share(share=opened.share, ends_on=date(2026, 4, 30), archive=archive, access=foreign, at=at)

    assert Share.objects.get().ends_at == opened.share.ends_at
