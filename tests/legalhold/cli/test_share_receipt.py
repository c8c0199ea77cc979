"""What was read through a share, and for how long it is open, as commands."""

from datetime import UTC, datetime

import pytest

from webdav.models import Share, ShareRead

READ_AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def user(done, office):
    done("hold", "place", "Adams", "--custodian", "E1", "--custodian", "E2")
    done("export", "create", "For counsel", "--hold", "Adams")
    return done("share", "open", "For counsel", "--to", "counsel@example.org", "--until", "2098-12-31")["user_name"]


def test_share_receipt_lists_what_was_read(run, done, user):
    given = {"share_id": Share.objects.get().pk, "start": 0, "method": "GET", "client": "203.0.113.9", "at": READ_AT}
    ShareRead.objects.create(path="Mail/1.eml", digest="ab" * 32, stop=100, sent_bytes=64, **given)
    ShareRead.objects.create(path="", digest="cd" * 32, stop=2_000, **given)

    ran, said = run("share", "receipt", user), done("share", "receipt", user)

    lines = [line.split("  ") for line in ran.out.splitlines()]
    assert [[cell.strip() for cell in line if cell.strip()] for line in lines[-2:]] == [
        ["2026-03-02 12:00", "203.0.113.9", "GET", "Mail/1.eml", "0", "100", "64"],
        ["2026-03-02 12:00", "203.0.113.9", "GET", "(ZIP)", "0", "2,000", "–"],
    ]
    assert [(read["path"], read["digest"], read["stop"], read["sent_bytes"]) for read in said["reads"]] == [
        ("Mail/1.eml", "ab" * 32, 100, 64),
        ("", "cd" * 32, 2_000, None),
    ]


def test_share_receipt_of_nothing_says_so(run, user):
    assert run("share", "receipt", user).out.splitlines()[-1] == "nothing was read through it yet"


def test_share_is_extended_to_a_later_day_only(run, done, user):
    extended = run("share", "extend", user, "--until", "2099-12-31")
    again = run("share", "extend", user, "--until", "2099-12-31")

    assert extended.out == f"share {user} is open until 2100-01-01 00:00:00 UTC; its password stays\n"
    assert (again.code, again.err) == (1, f"share: share {user} is open until then already; give a later day\n")
    assert done("share", "list")["shares"][0]["ends_at"].startswith("2100-01-01T00:00:00")
