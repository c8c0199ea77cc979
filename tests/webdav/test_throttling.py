"""Whoever guesses secrets is slowed down and told of; whoever has one isn't kept out by them."""

import logging
from datetime import timedelta


def test_guessing_is_throttled_told_once_and_shuts_out_nobody_with_the_secret(client, shares, caplog):
    caplog.set_level(logging.INFO, logger="webdav.admission")
    answers = [client.ask("GET", "/dav/", user="wrong-canary", secret=f"guess-{number}") for number in range(7)]

    assert [answer.status for answer in answers] == [401] * 5 + [429] * 2
    assert answers[-1].headers["retry-after"] == "60"
    assert client.ask("GET", "/dav/").status == 200
    assert shares.refused == [("127.0.0.1", 5, shares.at)]
    assert [record.getMessage() for record in caplog.records if record.name == "webdav.admission"] == [
        "a sign-in from '127.0.0.1' was refused",
        "sign-ins from '127.0.0.1' are throttled",
    ]


def test_guessing_begins_anew_after_the_window(client, shares):
    for number in range(6):
        client.ask("GET", "/dav/", secret=f"guess-{number}")
    shares.at += timedelta(minutes=1)

    assert client.ask("GET", "/dav/", secret="guess").status == 401
