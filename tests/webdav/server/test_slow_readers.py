"""Clients that don't read, or read slowly: they hold a worker only with credentials, and only while nobody waits."""

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass

import pytest

from webdav.server import build_server
from webdav.server.pace import Pace
from webdav.server.streams import Outbox
from webdav.settings import ServerLimits

LIMITS = ServerLimits(threads=1, write_seconds=60, shutdown_seconds=0.2, linger_seconds=30)
OK = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
FLOOD = b"GET /flood HTTP/1.1\r\nHost: h\r\n\r\n"
REFUSED = b"GET / HTTP/1.1\nHost: h\n\n"


class Flood:
    """A body without end; ``may_wait`` as a share's reader gets it."""

    def __init__(self, may_wait):
        self.may_wait = may_wait

    def __iter__(self):
        return iter(lambda: bytes(256 * 1024), None)


def app_of(*, may_wait):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Flood(may_wait) if environ["PATH_INFO"] == "/flood" else [b"ok"]

    return app


@contextlib.contextmanager
def serving(dav_kit, *, may_wait, **limits):
    chosen = ServerLimits(**{**{name: getattr(LIMITS, name) for name in LIMITS.__slots__}, **limits})
    server = build_server(app_of(may_wait=may_wait), host="127.0.0.1", port=0, tls=None, limits=chosen)
    with dav_kit.serving(server):
        yield dav_kit.Client(server)


def stall(client, stack):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
    stack.enter_context(sock)
    sock.settimeout(10)
    sock.connect(("127.0.0.1", client.port))
    sock.sendall(FLOOD)
    return sock


def busy(server):
    return sum(worker.conn is not None for worker in server.requests._threads)


def test_client_without_credentials_that_does_not_read_holds_no_worker(dav_kit):
    with serving(dav_kit, may_wait=False) as client, contextlib.ExitStack() as stack:
        for _ in range(4):
            stall(client, stack)

        assert client.raw(OK).startswith(b"HTTP/1.1 200")
        assert dav_kit.wait_for(lambda: len(client.server.census) == 0)


def test_pipelined_requests_of_a_client_that_does_not_read_hold_no_worker(dav_kit):
    with serving(dav_kit, may_wait=False) as client, socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
        sock.settimeout(10)
        sock.connect(("127.0.0.1", client.port))
        with contextlib.suppress(OSError):  # it may be gone before all is sent
            for _ in range(200):
                sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 500)

        assert dav_kit.wait_for(lambda: len(client.server.census) == 0)


def test_slow_reader_makes_room_when_others_wait(dav_kit):
    with serving(dav_kit, may_wait=True, slow_seconds=0.1) as client, contextlib.ExitStack() as stack:
        stall(client, stack)
        assert dav_kit.wait_for(lambda: busy(client.server) == 1)

        assert client.raw(OK).startswith(b"HTTP/1.1 200")
        assert dav_kit.wait_for(lambda: len(client.server.census) == 0)


def test_refused_clients_that_linger_hold_no_worker(dav_kit):
    with serving(dav_kit, may_wait=True) as client, contextlib.ExitStack() as stack:
        lingering = [stack.enter_context(client.connect()) for _ in range(5)]
        for sock in lingering:
            sock.sendall(REFUSED)
            assert dav_kit.read_all(sock).startswith(b"HTTP/1.1 400")

        answer = client.raw(OK)
        lingering[0].sendall(b"more")
        lingering[1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        lingering[1].close()
        lingering[2].close()

        assert answer.startswith(b"HTTP/1.1 200")
        assert dav_kit.wait_for(lambda: len(client.server.census) == 3)


def test_refused_client_is_let_go_of_when_its_time_is_up(dav_kit):
    with serving(dav_kit, may_wait=True, linger_seconds=0) as client, client.connect() as sock:
        sock.sendall(REFUSED)
        assert dav_kit.read_all(sock).startswith(b"HTTP/1.1 400")

        assert dav_kit.wait_for(lambda: len(client.server.census) == 0)


def test_stop_waits_for_no_stalled_reader_and_for_none_that_is_queued(dav_kit):
    server = build_server(app_of(may_wait=True), host="127.0.0.1", port=0, tls=None, limits=LIMITS)
    thread = threading.Thread(target=server.serve)
    thread.start()
    with contextlib.ExitStack() as stack:
        client = dav_kit.Client(server)
        stall(client, stack)
        assert dav_kit.wait_for(lambda: busy(server) == 1)
        for _ in range(3):
            stall(client, stack)
        assert dav_kit.wait_for(lambda: server.requests.qsize == 3)

        stopping = threading.Thread(target=server.stop)
        stopping.start()
        stopping.join(30)  # half of what a single stalled reader may take

        assert not stopping.is_alive()
        assert len(server.census) == 0
    thread.join(10)


@dataclass
class Others:
    is_on: bool = False
    is_over: bool = False


class Ticking:
    """A clock that goes on by a second with each look at it."""

    now = 0.0

    def __call__(self):
        self.now += 1
        return self.now


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize("others", [{"is_on": True}, {"is_over": True}])
def test_outbox_gives_up_a_stalled_client_when_others_wait_or_the_server_ends(pair, others):
    limits = ServerLimits(write_seconds=1_000, slow_seconds=0.001, slow_bytes_per_second=10**12)
    outbox = Outbox(pair[0], limits=limits, pressure=Others(**others), clock=Ticking())
    outbox.may_wait = True

    with pytest.raises(ConnectionAbortedError, match="it reads too slowly"):
        outbox.write(bytes(8 * 1024 * 1024))


def test_outbox_gives_up_a_stalled_client_at_the_deadline_alone_when_nobody_waits(pair):
    limits = ServerLimits(write_seconds=0.01, slow_seconds=0.001, slow_bytes_per_second=10**12)
    clock = Ticking()
    outbox = Outbox(pair[0], limits=limits, pressure=Others(), clock=clock)
    outbox.may_wait = True

    with pytest.raises(ConnectionAbortedError, match="it reads too slowly"):
        outbox.write(bytes(8 * 1024 * 1024))

    assert clock.now == 3


def test_outbox_that_may_not_wait_sends_what_fits_and_no_more(pair):
    outbox = Outbox(pair[0], limits=ServerLimits(), pressure=Others(), clock=Ticking())

    outbox.write(b"fits")
    with pytest.raises(ConnectionAbortedError, match="the client is gone"):
        outbox.write(bytes(8 * 1024 * 1024))

    assert (outbox.may_wait, pair[1].recv(4)) == (False, b"fits")


def test_pace_is_judged_by_each_stretch_of_waiting():
    pace = Pace(slow=100, seconds=2.0)

    judged = []
    for sent, seconds in ((10, 1.0), (10, 1.0), (500, 1.5), (0, 0.5), (0, 0.0), (0, 3.0)):
        pace.count(sent, seconds=seconds)
        judged.append(pace.is_slow)

    assert judged == [False, True, True, False, False, True]
