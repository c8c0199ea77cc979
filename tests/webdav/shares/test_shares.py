"""The database's side of the seam, and the record of reads."""

import json
import logging
from datetime import date, timedelta
from queue import SimpleQueue
from threading import Thread

import pytest

from legalhold.audit.models import AuditEvent
from legalhold.audit.services import open_signing_key, seal
from tests.mutating import mutate
from webdav.credentials import share_pepper
from webdav.directory import Ended, Granted, ReadNotRecorded
from webdav.models import Share, ShareRead
from webdav.reads import MOST_GROUPED, ReadRecorder, RecorderStopped, _Sent
from webdav.services import open_share, revoke_share
from webdav.shares import DatabaseShares


@pytest.fixture
def opened(export, archive, access, at):
    ends_on = date(2026, 3, 31)
    return open_share(export=export, reader="Counsel", ends_on=ends_on, archive=archive, access=access, at=at)


@pytest.fixture
def shares(archive):
    return DatabaseShares(
        pepper=share_pepper(archive=archive), tree_of=lambda export: f"tree of {export.name}", recorder=None
    )


def test_right_credentials_open_the_share(shares, opened, at):
    granted = shares.authenticate(user=opened.share.user_name, secret=opened.secret, at=at, client="127.0.0.1")

    assert granted == Granted(
        share=str(opened.share.pk),
        label="Brown v. Harbour – First",
        ends_text="This share ends at 24:00 on 31 March 2026 (Europe/Berlin)",
        tree="tree of First",
    )


@pytest.mark.parametrize("change", ["secret", "user", "empty secret"])
def test_wrong_credentials_open_nothing(shares, opened, at, change):
    user = "share-none" if change == "user" else opened.share.user_name
    secret = {"secret": opened.secret[:-1], "user": opened.secret, "empty secret": ""}[change]

    assert shares.authenticate(user=user, secret=secret, at=at, client="127.0.0.1") is None


def test_a_rebuilt_share_without_a_hash_opens_for_nobody(shares, opened, at):
    Share.objects.update(secret_digest=b"")

    assert shares.authenticate(user=opened.share.user_name, secret=opened.secret, at=at, client="127.0.0.1") is None


def test_ended_share_says_so_only_to_the_right_credentials(shares, opened, at):
    later = opened.share.ends_at

    ended = shares.authenticate(user=opened.share.user_name, secret=opened.secret, at=later, client="127.0.0.1")
    wrong = shares.authenticate(user=opened.share.user_name, secret="x", at=later, client="127.0.0.1")

    assert ended == Ended(message="This share ended at 24:00 on 31 March 2026 (Europe/Berlin)")
    assert wrong is None


def test_revoked_share_says_that_it_was_withdrawn(shares, opened, access, at):
    revoke_share(share=opened.share, access=access, at=at + timedelta(minutes=5))

    ended = shares.authenticate(
        user=opened.share.user_name, secret=opened.secret, at=at + timedelta(days=1), client="::1"
    )

    assert ended == Ended(message="This share ended at 13:05 on 2 March 2026 (Europe/Berlin): it was withdrawn")


def test_share_lives_until_it_ends_or_is_revoked(shares, opened, access, at):
    share = str(opened.share.pk)

    assert shares.is_live(share=share, at=opened.share.ends_at - timedelta(seconds=1))
    assert not shares.is_live(share=share, at=opened.share.ends_at)

    revoke_share(share=opened.share, access=access, at=at)

    assert not shares.is_live(share=share, at=at)


def lives(shares, share, **moments) -> list[bool]:
    return [shares.is_live(share=str(share.pk), at=at) for at in moments.values()]


@pytest.mark.parametrize("mutant", ["ends_at__gt=self._passed(at))", "revoked_at=None)"])
def test_mutant_that_asks_for_one_end_only_lets_the_other_pass(shares, opened, access, at, monkeypatch, mutant):
    mutate(monkeypatch, DatabaseShares.is_live, "revoked_at=None, ends_at__gt=self._passed(at))", mutant)

    found = lives(shares, opened.share, now=at)
    revoke_share(share=opened.share, access=access, at=at)
    found += lives(shares, opened.share, revoked=at)
    Share.objects.update(revoked_at=None)
    found += lives(shares, opened.share, ended=opened.share.ends_at)

    assert found != [True, False, False]


@pytest.mark.parametrize(
    ("sound", "mutant"),
    [("share.revoked_at is not None or ", ""), (" or share.ends_at <= self._passed(at)", "")],
)
def test_mutant_that_looks_at_one_end_only_grants_after_the_other(
    shares, opened, access, at, monkeypatch, sound, mutant
):
    mutate(monkeypatch, DatabaseShares.authenticate, sound, mutant)
    given = {"user": opened.share.user_name, "secret": opened.secret, "client": "127.0.0.1"}

    revoke_share(share=opened.share, access=access, at=at)
    found = [shares.authenticate(at=at, **given)]
    Share.objects.update(revoked_at=None)
    found += [shares.authenticate(at=opened.share.ends_at, **given)]

    assert [type(one) for one in found] != [Ended, Ended]


def test_clock_that_was_set_back_reopens_no_share(shares, opened, at):
    share, user = str(opened.share.pk), opened.share.user_name
    assert not shares.is_live(share=share, at=opened.share.ends_at)

    assert not shares.is_live(share=share, at=at)
    assert isinstance(shares.authenticate(user=user, secret=opened.secret, at=at, client="::1"), Ended)


def test_clock_that_was_set_back_before_the_start_reopens_no_share(
    shares, opened, at, tmp_path, random, django_assert_num_queries
):
    key = open_signing_key(path=tmp_path / "audit.key", random=random)
    seal(key=key, at=opened.share.ends_at)

    assert not shares.is_live(share=str(opened.share.pk), at=at)
    with django_assert_num_queries(1):
        assert not shares.is_live(share=str(opened.share.pk), at=at)


def test_throttled_address_is_in_the_trail(shares, db, at):
    shares.sign_ins_refused(client="2" * 70, failures=10, at=at)

    event = AuditEvent.objects.get()
    assert (event.verb, event.actor, event.subject_kind, event.subject_key) == (
        "share.sign_in_refused",
        "system:webdav",
        "address",
        "2" * 64,
    )
    assert json.loads(bytes(event.body))["body"] == {"failures": 10}


@pytest.fixture
def recorder(transactional_db, at):
    recorder = ReadRecorder(clock=lambda: at)
    yield recorder
    recorder.stop()


def begin(shares, number, at):
    return shares.begin_read(
        share="7",
        path=("Mail", f"{number}.eml"),
        digest="ab" * 32,
        start=0,
        stop=100,
        method="GET",
        client="127.0.0.1",
        at=at,
    )


def test_read_is_committed_before_it_returns_and_filled_in_later(recorder, archive, at):
    shares = DatabaseShares(pepper=b"", tree_of=str, recorder=recorder)

    token = begin(shares, 1, at)

    row = ShareRead.objects.get()
    assert (row.pk, row.path, row.start, row.stop, row.sent_bytes) == (token, "Mail/1.eml", 0, 100, None)

    shares.end_read(token, sent_bytes=64)
    recorder.stop()

    assert ShareRead.objects.get().sent_bytes == 64
    assert list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True)) == ["share.read", "share.bytes_sent"]


def test_reads_of_many_requests_are_all_recorded(recorder, at):
    shares = DatabaseShares(pepper=b"", tree_of=str, recorder=recorder)
    threads = [Thread(target=begin, args=(shares, number, at)) for number in range(40)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ShareRead.objects.count() == 40
    assert AuditEvent.objects.count() <= 40


def test_a_read_that_cannot_be_recorded_is_not_served(recorder, at):
    shares = DatabaseShares(pepper=b"", tree_of=str, recorder=recorder)

    with pytest.raises(ReadNotRecorded, match="This read can't be recorded now, so nothing is sent"):
        shares.begin_read(share="7", path=(), digest="", start=0, stop=None, method="GET", client="", at=at)

    assert ShareRead.objects.count() == 0
    assert begin(shares, 1, at)


def test_why_reads_cannot_be_recorded_is_logged_once_a_minute(transactional_db, clock, caplog):
    recorder = ReadRecorder(clock=clock)
    try:
        with caplog.at_level(logging.ERROR, logger="webdav.reads"):
            for seconds in (0, 30, 29, 1, 0):
                clock.advance(timedelta(seconds=seconds))
                with pytest.raises(ReadNotRecorded):
                    recorder.begin(row=ShareRead(share_id=7, path="", digest="", start=0, stop=None, at=clock()))
    finally:
        recorder.stop()

    assert [line.partition(":")[0] for line in caplog.messages] == ["reads can't be recorded, so nothing is sent"] * 2
    assert [record.exc_info for record in caplog.records] == [None, None]


def test_fault_in_recording_reaches_the_request_as_it_is(recorder, monkeypatch, at):
    def fail(*_given):
        raise ZeroDivisionError

    monkeypatch.setattr(recorder, "_write", fail)

    with pytest.raises(ZeroDivisionError):
        begin(DatabaseShares(pepper=b"", tree_of=str, recorder=recorder), 1, at)


def test_nothing_is_read_once_the_recorder_stops(recorder, at):
    recorder.stop()

    with pytest.raises(RecorderStopped):
        begin(DatabaseShares(pepper=b"", tree_of=str, recorder=recorder), 1, at)


def test_a_group_ends_before_the_recorder_does():
    recorder = ReadRecorder.__new__(ReadRecorder)
    recorder._waiting = SimpleQueue()
    for one in (_Sent(2, 20), None, _Sent(3, 30)):
        recorder._waiting.put(one)

    group = recorder._grouped(_Sent(1, 10))

    assert group == [_Sent(1, 10), _Sent(2, 20)]
    assert [recorder._waiting.get(), recorder._waiting.get()] == [_Sent(3, 30), None]


def test_a_group_is_bounded():
    recorder = ReadRecorder.__new__(ReadRecorder)
    recorder._waiting = SimpleQueue()
    for number in range(MOST_GROUPED):
        recorder._waiting.put(_Sent(number, 0))

    group = recorder._grouped(_Sent(-1, 0))

    assert len(group) == MOST_GROUPED
    assert recorder._waiting.qsize() == 1
