"""Deadlines are counted, not read off the wall: a clock that is set drops nobody and lets nobody stay."""

import contextlib
import time

import pytest

from webdav.server import build_server
from webdav.settings import ServerLimits

LIMITS = ServerLimits(threads=2, head_seconds=0.2, idle_seconds=60, linger_seconds=0.1)
REQUEST = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


def answer(_environ, start_response):
    start_response("200 OK", [("Content-Length", "4")])
    return [b"done"]


@pytest.fixture
def client(dav_kit):
    with dav_kit.serving(build_server(answer, host="127.0.0.1", port=0, tls=None, limits=LIMITS)) as server:
        yield dav_kit.Client(server)


def set_wall(monkeypatch, seconds):
    wall = time.time
    monkeypatch.setattr(time, "time", lambda: wall() + seconds)


def asked(sock):
    sock.sendall(REQUEST)
    received = b""
    while not received.endswith(b"done"):
        data = sock.recv(1000)
        assert data, "the server closed the connection"
        received += data
    return received[:15]


def test_clock_set_forward_drops_no_idle_client(client, monkeypatch):
    with client.connect() as idle:
        assert asked(idle) == b"HTTP/1.1 200 OK"

        set_wall(monkeypatch, 3600)
        for _ in range(2):
            with client.connect() as silent:
                assert silent.recv(1) == b""  # the server has looked at its deadlines

        assert asked(idle) == b"HTTP/1.1 200 OK"


def test_clock_set_back_lets_no_trickling_client_stay(client, dav_kit, monkeypatch):
    with client.connect() as sock:
        assert dav_kit.wait_for(lambda: len(client.server.census) == 1)
        set_wall(monkeypatch, -3600)

        def is_dropped():
            with contextlib.suppress(OSError):
                sock.sendall(b"a")
            return len(client.server.census) == 0

        assert dav_kit.wait_for(is_dropped)
