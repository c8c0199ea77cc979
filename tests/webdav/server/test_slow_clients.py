"""What silent, slow and vanishing clients get: nobody else waits for them."""

import contextlib
import logging
import socket
import struct
import time
from dataclasses import replace
from ipaddress import ip_network

import pytest

from tests.webdav.server.speaking import CUT_OFF, LIMITS, OK, echo, read_until, send_on, status
from webdav.server import build_server
from webdav.server.census import Census
from webdav.settings import ServerLimits


@pytest.fixture(params=["plain", "secure"])
def patient(request, dav_kit, tls_files, trusting):
    """A server that waits a minute for a head: with it, whoever waits for somebody silent isn't answered in the test."""
    is_secure = request.param == "secure"
    limits = replace(LIMITS, head_seconds=60, shutdown_seconds=0)
    server = build_server(echo, host="127.0.0.1", port=0, tls=tls_files if is_secure else None, limits=limits)
    with dav_kit.serving(server):
        yield dav_kit.Client(server, trusting if is_secure else None)


@pytest.mark.parametrize("first", [b"", b"G", b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf"])
def test_many_silent_clients_hold_up_nobody(patient, first):
    with contextlib.ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", patient.port), timeout=5)) for _ in range(32)
        ]
        silent += [stack.enter_context(patient.connect()) for _ in range(32)] if first else []
        for sock in silent[32:]:
            sock.sendall(first)

        assert status(patient.raw(OK)) == [b"200"]


def test_clients_silent_in_the_middle_of_a_tls_hello_hold_up_nobody(patient):
    with contextlib.ExitStack() as stack:
        for sock in [stack.enter_context(socket.create_connection(("127.0.0.1", patient.port))) for _ in range(32)]:
            sock.sendall(b"\x16\x03\x01\x02\x00")  # the beginning of a hello

        assert status(patient.raw(OK)) == [b"200"]


@pytest.mark.parametrize("first", [b"", b"G", b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf"])
def test_silent_clients_are_dropped(client, dav_kit, first):
    with client.connect() as sock:
        sock.sendall(first)

        assert dav_kit.read_all(sock) == b""


def test_trickled_head_ends_at_the_deadline(client):
    with client.connect() as sock, pytest.raises(OSError, match=CUT_OFF):
        send_on(sock, b"GET / HTTP/1.1\r\nHost: h\r\nA: ")


def test_idle_connection_is_kept_longer_than_a_half_request_and_then_dropped(client):
    with client.connect() as sock:
        sock.sendall(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"GET /1 " in read_until(sock, b"0\r\n\r\n")
        time.sleep(0.6)
        sock.sendall(b"GET /2 HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"GET /2 " in read_until(sock, b"0\r\n\r\n")

        assert sock.recv(1000) == b""


def test_reader_that_takes_nothing_is_dropped(client, dav_kit, caplog):
    with client.connect() as sock:
        sock.sendall(b"GET /flood HTTP/1.1\r\nHost: h\r\n\r\n")
        assert dav_kit.wait_for(lambda: len(client.server.census) == 1)

        assert dav_kit.wait_for(lambda: len(client.server.census) == 0, 5)

    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


def test_client_that_resets_is_no_error(client, dav_kit, caplog):
    for sent in (b"", b"GET", b"GET /flood HTTP/1.1\r\nHost: h\r\n\r\n"):
        sock = client.connect()
        sock.sendall(sent)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        time.sleep(0.05)
        sock.close()

    assert dav_kit.wait_for(lambda: len(client.server.census) == 0)
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


def test_one_address_gets_only_so_many_connections(dav_kit):
    limits = ServerLimits(threads=1, connections_per_address=3)
    with dav_kit.serving(build_server(echo, host="127.0.0.1", port=0, tls=None, limits=limits)) as server:
        client = dav_kit.Client(server)
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(client.connect()) for _ in range(3)]
            assert dav_kit.wait_for(lambda: len(server.census) == 3)
            with client.connect() as fourth:
                assert fourth.recv(10) == b""
            held[0].sendall(OK)
            assert status(held[0].recv(100)) == [b"200"]
        assert dav_kit.wait_for(lambda: len(server.census) == 0)


class Peer:
    def __init__(self, remote_addr):
        self.remote_addr = remote_addr


def test_census_counts_in_all_and_lets_proxies_bring_many():
    limits = ServerLimits(connections=5, connections_per_address=2)
    census = Census(limits=limits, trusted_proxies=(ip_network("10.0.0.0/8"),))
    peers = [Peer("10.0.0.1") for _ in range(3)] + [Peer("203.0.113.1"), Peer("203.0.113.1"), Peer("203.0.113.2")]

    entered = [census.enter(peer) for peer in peers]
    third = Peer("203.0.113.1")
    census.leave(peers[0])

    assert entered == [True] * 5 + [False]
    assert census.enter(third) is False
    census.leave(third)
    assert census.enter(Peer("")) is True
    assert len(census) == 5
