"""What hostile, broken and slow clients get, over raw sockets; nobody else waits for them."""

import contextlib
import logging
import socket
import ssl
import struct
import threading
import time
from ipaddress import ip_network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webdav.server import AddressUnusable, CertificateUnusable, PortInUse, build_server
from webdav.server.census import Census
from webdav.server.dav_server import WorkerPool
from webdav.settings import ServerLimits, TlsFiles
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


@pytest.fixture(scope="module")
def plain(dav_kit):
    with dav_kit.serving(build_server(echo, host="127.0.0.1", port=0, tls=None, limits=LIMITS)) as server:
        yield dav_kit.Client(server)


@pytest.fixture(scope="module")
def secure(dav_kit, tls_files, trusting):
    with dav_kit.serving(build_server(echo, host="127.0.0.1", port=0, tls=tls_files, limits=LIMITS)) as server:
        yield dav_kit.Client(server, trusting)


@pytest.fixture(params=["plain", "secure"])
def client(request, dav_kit):
    client = request.getfixturevalue(request.param)
    yield client
    assert dav_kit.wait_for(lambda: len(client.server.census) == 0)


def read_until(sock, end):
    received = b""
    while not received.endswith(end):
        data = sock.recv(65536)
        assert data, received
        received += data
    return received


def status(answer):
    return answer.split(b" ", 2)[1:2]


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
    began = time.monotonic()
    with client.connect() as sock:
        with contextlib.suppress(OSError):
            sock.sendall(b"GET / HTTP/1.1\nHost: h\n\n")
            while time.monotonic() - began < 4:
                sock.sendall(b"more")
                time.sleep(0.001)

    assert 0.2 < time.monotonic() - began < 2


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


def elapsed(client):
    began = time.monotonic()
    assert status(client.raw(OK)) == [b"200"]
    return time.monotonic() - began


@pytest.mark.parametrize("first", [b"", b"G", b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf"])
def test_many_silent_clients_hold_up_nobody_and_are_dropped(client, dav_kit, first):
    with contextlib.ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", client.port), timeout=5)) for _ in range(32)
        ]
        silent += [stack.enter_context(client.connect()) for _ in range(32)] if first else []
        for sock in silent[32:]:
            sock.sendall(first)
        waited = elapsed(client)
        assert dav_kit.wait_for(lambda: len(client.server.census) == 0, 3)

    assert waited < 0.5


def test_silent_tls_clients_hold_up_nobody(secure):
    with contextlib.ExitStack() as stack:
        for sock in [stack.enter_context(socket.create_connection(("127.0.0.1", secure.port))) for _ in range(32)]:
            sock.sendall(b"\x16\x03\x01\x02\x00")  # the beginning of a hello

        assert elapsed(secure) < 0.5


def test_trickled_head_ends_at_the_deadline(client):
    began = time.monotonic()
    with client.connect() as sock:
        with contextlib.suppress(OSError):
            sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nA: ")
            while time.monotonic() - began < 4:
                sock.sendall(b"a")
                time.sleep(0.02)
        took = time.monotonic() - began

    assert 0.3 < took < 2.5


def test_idle_connection_is_kept_longer_than_a_half_request_and_then_dropped(client):
    with client.connect() as sock:
        sock.sendall(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"GET /1 " in read_until(sock, b"0\r\n\r\n")
        time.sleep(0.6)
        sock.sendall(b"GET /2 HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"GET /2 " in read_until(sock, b"0\r\n\r\n")
        began = time.monotonic()
        assert sock.recv(1000) == b""

    assert 0.8 < time.monotonic() - began < 3


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


def test_plain_http_on_the_tls_port_is_told_so(secure):
    with socket.create_connection(("127.0.0.1", secure.port), timeout=5) as sock:
        sock.sendall(OK)
        answer = sock.recv(1000)

    assert status(answer) == [b"400"]
    assert answer.endswith(b"\r\n\r\nThis address speaks https: begin with it.\n".rstrip())


def test_tls_that_is_too_old_or_garbage_is_dropped(secure, caplog):
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", secure.port), timeout=5) as sock:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            old.wrap_socket(sock)
    with socket.create_connection(("127.0.0.1", secure.port), timeout=5) as sock:
        sock.sendall(b"\x00" * 500)
        with contextlib.suppress(ConnectionError):
            sock.recv(100)

    assert elapsed(secure) < 0.5
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


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


def test_port_in_use_is_named(dav_kit):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortInUse, match=f"port {port} of 127.0.0.1 is in use by another program"):
            build_server(echo, host="127.0.0.1", port=port, tls=None, limits=LIMITS)


def test_address_that_is_not_ours_is_named():
    with pytest.raises(AddressUnusable, match=r"can't listen at port 8080 of 192\.0\.2\.1: "):
        build_server(echo, host="192.0.2.1", port=8080, tls=None, limits=LIMITS)


def test_certificate_that_cannot_be_used_is_named(tls_files, tmp_path):
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")

    with pytest.raises(CertificateUnusable, match=r"missing\.pem: no such file"):
        build_server(
            echo,
            host="127.0.0.1",
            port=0,
            tls=TlsFiles(str(tmp_path / "missing.pem"), tls_files.private_key),
            limits=LIMITS,
        )
    with pytest.raises(CertificateUnusable, match=r"nonsense\.pem"):
        build_server(echo, host="127.0.0.1", port=0, tls=TlsFiles(str(nonsense), tls_files.private_key), limits=LIMITS)


@pytest.mark.parametrize("is_secure", [False, True])
def test_stop_ends_a_running_download_and_frees_the_port(dav_kit, tls_files, trusting, is_secure):
    limits = ServerLimits(threads=1, write_seconds=30, shutdown_seconds=0.2)
    server = build_server(echo, host="127.0.0.1", port=0, tls=tls_files if is_secure else None, limits=limits)
    began = time.monotonic()
    with dav_kit.serving(server):
        client = dav_kit.Client(server, trusting if is_secure else None)
        stuck, parked = client.connect(), client.connect()
        stuck.sendall(b"GET /flood HTTP/1.1\r\nHost: h\r\n\r\n")
        assert stuck.recv(10)

    assert time.monotonic() - began < 5
    with pytest.raises(OSError):
        client.connect(timeout=1)
    for sock in (stuck, parked):
        sock.close()


def test_stop_finds_no_connection_or_a_gone_one():
    class Gone:
        socket = socket.socket()

    Gone.socket.close()

    assert WorkerPool._force_close(None) is None
    assert WorkerPool._force_close(Gone()) is None


def test_hook_is_called_even_when_the_application_raises(dav_kit):
    called = threading.Event()
    server = build_server(echo, host="127.0.0.1", port=0, tls=None, limits=LIMITS, after_request=called.set)
    with dav_kit.serving(server):
        dav_kit.Client(server).raw(b"GET /raise HTTP/1.1\r\nHost: h\r\n\r\n")

        assert called.wait(5)


def test_errors_are_logged_and_not_printed(dav_kit, caplog, capfd):
    server = build_server(echo, host="127.0.0.1", port=0, tls=None, limits=LIMITS)
    with dav_kit.serving(server):
        dav_kit.Client(server).raw(b"GET /raise HTTP/1.1\r\nHost: h\r\nAuthorization: Basic c2VjcmV0\r\n\r\n")

    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
    assert "c2VjcmV0" not in caplog.text
