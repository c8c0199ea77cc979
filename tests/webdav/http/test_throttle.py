from datetime import UTC, datetime, timedelta

from webdav.http.throttle import FailedAttempts
from webdav.settings import DavSettings

AT = datetime(2026, 6, 1, tzinfo=UTC)


def attempts(**settings):
    return FailedAttempts(settings=DavSettings(failures_per_share=3, failures_per_address=5, **settings))


def test_user_and_address_are_blocked_at_the_limit_until_the_window_is_over():
    failed = attempts()

    for _ in range(3):
        assert not failed.is_blocked(user="u", client="a", at=AT)
        failed.count(user="u", client="a", at=AT)

    assert failed.is_blocked(user="u", client="a", at=AT + timedelta(seconds=59))
    assert not failed.is_blocked(user="u", client="b", at=AT)
    assert not failed.is_blocked(user="v", client="a", at=AT)
    assert not failed.is_blocked(user="u", client="a", at=AT + timedelta(seconds=60))


def test_address_is_blocked_whatever_user_it_guesses():
    failed = attempts()

    for number in range(5):
        failed.count(user=f"u{number}", client="a", at=AT)

    assert failed.is_blocked(user="another", client="a", at=AT)
    assert not failed.is_blocked(user="another", client="b", at=AT)


def test_clock_that_steps_back_ends_the_block():
    failed = attempts()
    for _ in range(3):
        failed.count(user="u", client="a", at=AT)

    assert not failed.is_blocked(user="u", client="a", at=AT - timedelta(days=1))


def test_window_begins_anew_after_it_is_over():
    failed = attempts()
    for _ in range(3):
        failed.count(user="u", client="a", at=AT)

    failed.count(user="u", client="a", at=AT + timedelta(minutes=2))

    assert not failed.is_blocked(user="u", client="a", at=AT + timedelta(minutes=2))


def test_reaching_a_limit_is_told_once_a_window():
    failed = attempts()

    told = [failed.count(user="u", client="a", at=AT) for _ in range(6)]

    assert told == [(1, False), (2, False), (3, True), (4, False), (5, True), (6, False)]


def test_memory_is_bounded():
    failed = attempts(failure_entries=10)

    for number in range(1000):
        failed.count(user="x" * 10_000 + str(number), client=f"a{number}", at=AT)

    assert len(failed) == 10
