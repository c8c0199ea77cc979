"""What the server's tests speak to it with: an application that echoes, its limits, and how bytes are sent and read."""

from __future__ import annotations

import time

from webdav.settings import ServerLimits
from webdav.slots import GrantedBody

LIMITS = ServerLimits(
    threads=2,
    head_seconds=0.4,
    idle_seconds=1.0,
    write_seconds=0.4,
    linger_seconds=0.3,
    connections_per_address=70,
    shutdown_seconds=0.2,
)
CUT_OFF = "reset|pipe|EOF|closed"
OK = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


def echo(environ, start_response):
    """Answers with what it was asked; /flood sends without end, /odd fails, /raise fails at once, /early after a block."""
    path = environ["PATH_INFO"]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) if path != "/unread" else b""
    if path == "/raise":
        raise RuntimeError("raised")
    start_response("200 OK", [("Content-Type", "text/plain")] + ([("Connection", "close")] if path == "/close" else []))
    if path == "/flood":
        return GrantedBody((bytes(256 * 1024) for _ in range(10_000)), on_close=lambda: None)
    if path == "/early":
        return iter_then_fail()
    if path == "/scheme":
        return [environ["wsgi.url_scheme"].encode()]
    return [f"{environ['REQUEST_METHOD']} {path} ".encode(), body]


def iter_then_fail():
    yield b"begun"
    raise RuntimeError("in the middle")


def send_on(sock, first):
    """Send these bytes and then one now and then, far beyond every deadline."""
    sock.sendall(first)
    for _ in range(300):
        sock.sendall(b"a")
        time.sleep(0.02)


def read_until(sock, end):
    received = b""
    while not received.endswith(end):
        data = sock.recv(65536)
        assert data, received
        received += data
    return received


def status(answer):
    return answer.split(b" ", 2)[1:2]
