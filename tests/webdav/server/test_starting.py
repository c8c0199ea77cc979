"""Starting and stopping: addresses, certificates, and what a TLS port says to who speaks none."""

import contextlib
import logging
import socket
import ssl
import threading

import pytest

from tests.webdav.server.speaking import LIMITS, OK, echo, status
from webdav.server import AddressUnusable, CertificateUnusable, PortInUse, build_server
from webdav.server.dav_server import WorkerPool
from webdav.settings import ServerLimits, TlsFiles


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

    assert status(secure.raw(OK)) == [b"200"]
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


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
    limits = ServerLimits(threads=1, write_seconds=3600, shutdown_seconds=0.2)
    server = build_server(echo, host="127.0.0.1", port=0, tls=tls_files if is_secure else None, limits=limits)
    with dav_kit.serving(server):
        client = dav_kit.Client(server, trusting if is_secure else None)
        stuck, parked = client.connect(), client.connect()
        stuck.sendall(b"GET /flood HTTP/1.1\r\nHost: h\r\n\r\n")
        assert stuck.recv(10)

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
