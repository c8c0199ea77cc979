"""Who is let in, until when, and the main way: over real sockets, WsgiDAV and cheroot."""

import base64
import hashlib
import socket
from datetime import timedelta

import pytest

from tests.leaking import leaks
from tests.mutating import mutate
from webdav.methods import sending


def test_file_read_is_recorded_and_byte_equal(client, shares, dav_kit):
    answer = client.ask("GET", "/dav/Device/big.bin")

    digest = hashlib.sha256(dav_kit.BIG).hexdigest()
    assert answer.status == 200
    assert answer.body == dav_kit.BIG
    assert answer.headers["etag"] == f'"{digest}"'
    assert dav_kit.wait_for(lambda: shares.reads[0]["sent"] == len(dav_kit.BIG))
    assert [
        (r["share"], r["path"], r["digest"], r["start"], r["stop"], r["method"], r["client"], r["at"])
        for r in shares.reads
    ] == [("share-1", ("Device", "big.bin"), digest, 0, len(dav_kit.BIG), "GET", "127.0.0.1", shares.at)]


def test_hook_is_called_after_each_request(client, running, dav_kit):
    before = running[0].requests_done

    client.ask("GET", "/dav/")
    client.ask("GET", "/dav/nothing")

    assert dav_kit.wait_for(lambda: running[0].requests_done == before + 2)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic !!!",
        "Basic",
        "Bearer x",
        "Basic " + base64.b64encode(b"no-colon").decode(),
        "Basic " + base64.b64encode(b"share-2:the-canary").decode(),
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
    ],
)
@pytest.mark.parametrize("target", ["/dav/", "/dav", "/dav/Mail/a.eml", "/dav/nothing", "/dav/?zip", "/dav/.DS_Store"])
def test_without_credentials_everything_is_the_same_401(client, shares, authorization, target):
    for method in ("GET", "HEAD", "PROPFIND"):
        shares.at += timedelta(minutes=2)  # so that no attempt is throttled
        headers = {} if authorization is None else {"Authorization": authorization}

        answer = client.ask(method, target, headers=headers, user=None)

        assert answer.status == 401
        assert answer.headers["www-authenticate"] == 'Basic realm="Legalhold share", charset="UTF-8"'
        assert answer.body == (b"" if method == "HEAD" else client.ask("GET", "/dav/", user=None).body)
        assert leaks(answer) == []
    assert shares.reads == []


def test_wrong_and_unknown_get_the_same_answer(client):
    wrong = client.ask("GET", "/dav/Mail/a.eml", secret="wrong")
    unknown = client.ask("GET", "/dav/Mail/a.eml", user="nobody", secret="wrong")

    assert (wrong.status, wrong.body) == (401, unknown.body)


@pytest.mark.parametrize("target", ["/dav/", "/dav/Mail/a.eml", "/dav/nothing", "/dav/?zip"])
@pytest.mark.parametrize("method", ["GET", "PROPFIND"])
def test_after_the_end_right_credentials_are_told_so_and_given_nothing(client, shares, method, target):
    shares.at = shares.ends_at

    answer = client.ask(method, target)

    assert answer.status == 403
    assert b"This share ended on 1 July 2026." in answer.body
    assert "www-authenticate" not in answer.headers
    assert leaks(answer) == []
    assert shares.reads == []


def test_after_the_end_wrong_credentials_get_a_plain_401(client, shares):
    shares.at = shares.ends_at

    answer = client.ask("GET", "/dav/", secret="wrong")

    assert (answer.status, b"ended" in answer.body) == (401, False)


def test_revoked_share_that_is_still_known_is_refused(client, shares):
    shares.is_revoked = True

    answer = client.ask("GET", "/dav/Mail/a.eml")

    assert (answer.status, b"This share ended." in answer.body, leaks(answer)) == (403, True, [])
    assert shares.reads == []


def test_end_during_a_download_stops_it(client, shares, dav_kit, caplog):
    shares.revoke_after_checks = 4  # one for the request, three blocks

    sent = client.raw(
        f"GET /dav/Device/big.bin HTTP/1.1\r\nHost: h\r\nAuthorization: {dav_kit.basic('share-1', dav_kit.SECRET)}\r\n\r\n".encode()
    )

    body = sent.partition(b"\r\n\r\n")[2]
    assert len(body) <= 3 * 256 * 1024
    assert body == dav_kit.BIG[: len(body)]
    assert dav_kit.wait_for(lambda: shares.reads[0]["sent"] == 3 * 256 * 1024)
    assert caplog.records == []


def test_end_during_a_download_takes_back_what_the_kernel_has_not_delivered(client, shares, dav_kit):
    shares.revoke_after_checks = 3

    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.connect(("127.0.0.1", client.port))
        sock.sendall(
            f"GET /dav/Device/big.bin HTTP/1.1\r\nHost: h\r\nAuthorization: {dav_kit.basic(dav_kit.USER, dav_kit.SECRET)}\r\n\r\n".encode()
        )
        assert dav_kit.wait_for(lambda: bool(shares.reads) and shares.reads[0]["sent"] is not None)
        assert dav_kit.wait_for(lambda: len(client.server.census) == 0)
        received = dav_kit.read_all(sock)

    assert shares.reads[0]["sent"] == 2 * 256 * 1024
    assert len(received) < 256 * 1024


def test_mutant_that_forgets_the_end_during_a_download_sends_the_whole_file(client, shares, dav_kit, monkeypatch):
    mutate(
        monkeypatch, sending._recorded, "if not context.directory.is_live(", "if False and context.directory.is_live("
    )
    shares.revoke_after_checks = 4

    assert client.ask("GET", "/dav/Device/big.bin").body == dav_kit.BIG
