"""A read that can't be recorded: nothing of it is sent, and the reader is told."""

import http.client

import pytest


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-1"}, {"Range": "bytes=0-1,5-6"}])
@pytest.mark.parametrize("target", ["/dav/Mail/a.eml", "/dav/?zip"])
def test_read_that_cannot_be_recorded_is_not_sent_and_says_so(client, shares, caplog, target, headers):
    shares.refuse_after_reads = 0

    answer = client.ask("GET", target, headers=headers)

    assert (answer.status, answer.headers["retry-after"]) == (503, "60")
    assert b"This read can&#x27;t be recorded now, so nothing is sent. Try again in a minute." in answer.body
    assert (len(answer.body), answer.headers["content-type"]) == (
        int(answer.headers["content-length"]),
        "text/html; charset=utf-8",
    )
    assert (shares.reads, caplog.records) == ([], [])


def test_later_range_that_cannot_be_recorded_ends_the_connection(client, shares, caplog):
    shares.refuse_after_reads = 1

    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        client.ask("GET", "/dav/Mail/a.eml", headers={"Range": "bytes=0-1,5-6"})

    assert [(read["start"], read["stop"]) for read in shares.reads] == [(0, 2)]
    assert caplog.records == []
