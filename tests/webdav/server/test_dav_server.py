"""What requests get over raw sockets, whole, in pieces, or blurred."""

import contextlib
import socket
import ssl
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webdav.server.speaking import CUT_OFF, OK, send_on, status


def test_request_is_answered(client):
    answer = client.raw(b"PROPFIND /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody")

    assert answer.endswith(b"\r\n\r\n13\r\nPROPFIND /a \r\n4\r\nbody\r\n0\r\n\r\n".replace(b"13\r\n", b"c\r\n"))


def test_http_1_0_is_answered_and_closed(client):
    assert client.raw(b"GET /a HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\nGET /a ")


def test_application_knows_whether_the_connection_is_encrypted(plain, secure):
    asked = b"GET /scheme HTTP/1.0\r\n\r\n"

    assert [client.raw(asked).rpartition(b"\r\n\r\n")[2] for client in (plain, secure)] == [b"http", b"https"]


def test_leading_empty_line_is_ignored(client):
    assert status(client.raw(b"\r\n" + OK)) == [b"200"]


def test_request_in_single_bytes_is_answered(client):
    with client.connect() as sock:
        for byte in OK:
            sock.sendall(bytes([byte]))
        assert status(sock.recv(100)) == [b"200"]


def test_requests_sent_together_are_answered_in_order(client, dav_kit):
    asked = b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number for number in range(50)) + OK

    answer = client.raw(asked)

    assert [answer.count(b"GET /%d " % number) for number in range(50)] == [1] * 50
    assert answer.count(b"HTTP/1.1 200") == 51


def test_requests_beyond_what_is_held_at_once_are_answered(client):
    asked = (
        b"".join(b"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n" + b"b" * 60_000 for _ in range(8)) + OK
    )

    assert client.raw(asked).count(b"HTTP/1.1 200") == 9


def test_half_closed_client_gets_its_answer(plain):
    with plain.connect() as sock:
        sock.sendall(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        received = b""
        while data := sock.recv(65536):
            received += data

    assert b"GET /a " in received


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 0\r\n\r\nGET /smuggled", b"400"),
        (
            b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled",
            b"400",
        ),
        (b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length : 3\r\n\r\nGET /smuggled", b"400"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n folded\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\nHost: h\n\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nA: b\nB: c", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/3.0\r\nHost: h\r\n\r\n", b"505"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: x\r\n\r\n", b"501"),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: h\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nA: " + b"a" * 8_000_000, b"431"),
        (b"\x16\x03\x01 hello", []),
    ],
)
def test_blurred_or_huge_heads_are_refused_once_and_the_connection_ends(client, head, expected):
    with client.connect() as sock:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            sock.sendall(head)
        received = b""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while data := sock.recv(65536):
                received += data

    assert status(received) == ([expected] if expected else [])
    assert received.count(b"HTTP/1.1") == (1 if expected else 0)
    assert b"smuggled" not in received


def test_refused_client_that_goes_on_sending_is_cut_off(client):
    with client.connect() as sock, pytest.raises(OSError, match=CUT_OFF):
        send_on(sock, b"GET / HTTP/1.1\nHost: h\n\n")


@pytest.mark.parametrize(
    "head",
    [
        b"PUT /unread HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n",
        b"PUT /unread HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5000000\r\n\r\n",
        b"PUT /unread HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_body_that_nobody_reads_ends_the_connection_after_the_answer(client, head):
    with client.connect() as sock:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            sock.sendall(head + b"GET /smuggled HTTP/1.1\r\n" * 1000)
        received = b""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while data := sock.recv(65536):
                received += data

    assert status(received) == [b"200"]
    assert b"Connection: close" in received
    assert received.count(b"HTTP/1.1") == 1


def test_client_that_waits_for_continue_gets_it_once(client):
    with client.connect() as sock:
        sock.sendall(b"PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"bo")
        time.sleep(0.05)
        sock.sendall(b"dy")
        assert status(sock.recv(1000)) == [b"200"]


def test_application_may_end_the_connection(client):
    answer = client.raw(b"GET /close HTTP/1.1\r\nHost: h\r\n\r\nGET /second HTTP/1.1\r\nHost: h\r\n\r\n")

    assert (answer.count(b"HTTP/1.1"), answer.count(b"Connection: close")) == (1, 1)


def test_application_that_raises_gives_a_500_and_is_logged(client, caplog):
    assert status(client.raw(b"GET /raise HTTP/1.1\r\nHost: h\r\n\r\n")) == [b"500"]
    assert "RuntimeError: raised" in caplog.text


def test_application_that_raises_midway_ends_the_connection_unfinished(client, caplog):
    answer = client.raw(b"GET /early HTTP/1.1\r\nHost: h\r\n\r\n")

    assert answer.endswith(b"5\r\nbegun\r\n")
    assert "in the middle" in caplog.text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_leave_the_server_whole(plain, sent):
    with plain.connect() as sock:
        with contextlib.suppress(ConnectionError):
            sock.sendall(sent)
            sock.shutdown(socket.SHUT_WR)
            received = sock.recv(200)
            assert received == b"" or received.startswith(b"HTTP/1.1 ")

    assert status(plain.raw(OK)) == [b"200"]
