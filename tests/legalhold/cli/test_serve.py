"""``serve`` as a process: counsel reads a share from it, and it stops when it is told to."""

from __future__ import annotations

import base64
import http.client
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from legalhold.cli.certificates import trial_certificate
from legalhold.cli.installation import open_installation
from legalhold.cli.serving import Listening, ProxyUnreadable, _seal_until, is_loopback, read_proxies

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def sealing(run, monkeypatch):
    """An installation whose sealer may run inside the test's transaction, which giving the connection back would end."""
    monkeypatch.setattr("legalhold.cli.serving.close_old_connections", lambda: None)
    return partial(_open_sealing, run)


def _open_sealing(run):
    run("matter", "create", "Case A")
    return open_installation(say=print)


class Countdown(threading.Event):
    """Is set when it was waited for so many times."""

    def __init__(self, *, rounds: int) -> None:
        super().__init__()
        self.rounds = rounds

    def wait(self, timeout: float | None = None) -> bool:
        self.rounds -= 1
        return self.rounds < 0


@contextmanager
def serving(environment, *words: str):
    """Run ``serve`` and give its process, its first lines, and its port once it listens."""
    command = [sys.executable, ROOT / "manage.py", "serve", "--dav-port", "0", *words]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        lines = []
        try:
            for line in server.stderr:
                lines.append(line)
                if found := re.search(r"serving shares at https?://\S+?:(\d+)/dav/", line):
                    yield server, lines, int(found[1])
                    break
        finally:
            server.kill()


def get(port: int, path: str, *, user: str, secret: str, method: str = "GET"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    token = base64.b64encode(f"{user}:{secret}".encode()).decode()
    connection.request(method, path, headers={"Authorization": f"Basic {token}"})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


@pytest.fixture
def share(processes, samples):
    """An export of one held mailbox and a share of it."""
    *before, opened = processes(
        ("ingest", samples / "mail" / "held.mbox", "--custodian", "alice@example.org", "--create"),
        ("matter", "create", "Case A"),
        ("hold", "draft", "Case A", "Adams"),
        ("hold", "place", "Adams", "--custodian", "alice@example.org"),
        ("export", "create", "For counsel", "--hold", "Adams"),
        ("share", "open", "For counsel", "--to", "counsel@example.org", "--until", "2099-12-31", "--json"),
    )
    assert [one.code for one in (*before, opened)] == [0] * 6, before
    return opened.data


def test_share_is_read_until_it_is_revoked_and_the_server_stops_when_told(environment, processes, share):
    user, secret = share["user_name"], share["secret"]

    with serving(environment) as (server, _, port):
        listed = get(port, "/dav/", user=user, secret=secret)
        index = get(port, "/dav/index.csv", user=user, secret=secret)
        zipped = get(port, "/dav/?zip", user=user, secret=secret)
        wrong = get(port, "/dav/", user=user, secret="wrong")
        written = get(port, "/dav/index.csv", user=user, secret=secret, method="PUT")
        [revoked] = processes(("share", "revoke", user))
        after = get(port, "/dav/index.csv", user=user, secret=secret)
        asked = time.monotonic()
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=20)
        seconds = time.monotonic() - asked
    [verified] = processes(("audit", "verify", "--json"))

    assert (listed[0], index[0], zipped[0], wrong[0], written[0], after[0]) == (200, 200, 200, 401, 405, 403)
    assert b"READ ME FIRST.html" in listed[1]
    assert index[1].startswith(b"\xef\xbb\xbf")
    assert zipped[1].startswith(b"PK")
    assert revoked.code == 0
    assert (server.returncode, out, err) == (0, "stopped\n", "")
    assert seconds < 8
    assert verified.data["is_good"] is True
    assert verified.data["unsealed"] == 0


def test_port_in_use_is_one_line(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = run("serve", "--dav-port", str(port))

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"serve: port {port} of 127.0.0.1 is in use by another program; choose another port or stop it\n"


def test_server_that_can_not_seal_says_so_once_and_goes_on(sealing, settings, tmp_path):
    anchor = tmp_path / "none" / "anchor"
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, anchor=anchor)
    installation, said = sealing(), []

    _seal_until(Countdown(rounds=5), installation, said.append)

    assert said == [
        f"not sealed: the anchor {anchor} can't be written (No such file or directory); the trail itself is sealed"
    ]


def test_server_that_seals_says_nothing(sealing):
    said = []

    _seal_until(Countdown(rounds=2), sealing(), said.append)

    assert said == []


def test_server_whose_sealing_is_at_fault_ends(sealing, monkeypatch):
    installation = sealing()

    def fail(**_given):
        raise ZeroDivisionError

    monkeypatch.setattr("legalhold.cli.installation.seal", fail)

    with pytest.raises(ZeroDivisionError):
        _seal_until(Countdown(rounds=2), installation, print)


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("--dav-port", "70000"), 2, "argument --dav-port: '70000' isn't a whole number from 0 to 65535"),
        (("--tls-cert", "a.pem"), 2, "serve: give both --tls-cert and --tls-key, or neither"),
        (("--tls-cert", "none.pem", "--tls-key", "none.key"), 1, "serve: none.pem: no such file"),
        (
            ("--host", "192.0.2.1", "--tls-cert", "none.pem", "--tls-key", "none.key"),
            1,
            "serve: none.pem: no such file",
        ),
    ],
)
def test_serve_that_can_not_start_is_one_line(run, words, code, line):
    ran = run("serve", *words)

    assert ran.code == code
    assert line in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("which", ["certificate", "key", "key with a password"])
def test_serve_with_what_is_no_pem_names_the_file(run, tmp_path, which):
    files, _ = trial_certificate(folder=tmp_path, host="localhost", at=datetime(2026, 3, 1, tzinfo=UTC))
    bad = {"certificate": files.certificate}.get(which, files.private_key)
    key = load_pem_private_key(Path(files.private_key).read_bytes(), password=None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    Path(bad).write_bytes(locked if which == "key with a password" else b"email,name\n")

    ran = run("serve", "--tls-cert", files.certificate, "--tls-key", files.private_key)

    what, begins = ("certificate",) * 2 if which == "certificate" else ("private key without a password", "private key")
    assert (ran.code, ran.err) == (
        1,
        f"serve: {bad} is no PEM {what}: it should have a line -----BEGIN {begins.upper()}-----\n",
    )


def test_serve_off_loopback_without_a_certificate_makes_a_trial_one(run, home):
    ran = run("serve", "--host", "192.0.2.1")

    assert ran.code == 1
    assert "its SHA-256 fingerprint is " in ran.err.splitlines()[0]
    assert ran.err.splitlines()[1].startswith("serve: can't listen at port 8081 of 192.0.2.1: ")
    assert (home.parent / "home.keys" / "trial-192-0-2-1.key").stat().st_mode & 0o777 == 0o600


def test_trial_certificate_is_kept_until_it_ends(tmp_path):
    at = datetime(2026, 3, 1, tzinfo=UTC)

    files, first = trial_certificate(folder=tmp_path / "keys", host="share.example.org", at=at)
    _, same = trial_certificate(folder=tmp_path / "keys", host="share.example.org", at=at)
    _, other = trial_certificate(
        folder=tmp_path / "keys", host="share.example.org", at=datetime(2028, 1, 1, tzinfo=UTC)
    )

    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate, files.private_key)
    assert re.fullmatch("([0-9A-F]{2}:){31}[0-9A-F]{2}", first)
    assert same == first != other


def test_proxies_are_addresses_or_networks():
    assert [str(one) for one in read_proxies(["10.0.0.1", " 10.0.0.0/24", "::1"])] == [
        "10.0.0.1/32",
        "10.0.0.0/24",
        "::1/128",
    ]
    with pytest.raises(ProxyUnreadable, match="LEGALHOLD_TRUSTED_PROXIES: 'proxy' does not appear"):
        read_proxies(["proxy"])


def test_loopback_is_this_machine():
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.org")] == [True] * 3 + [
        False
    ] * 2


def test_address_of_ipv6_has_brackets():
    assert Listening("::1", 0, None, ()).url(port=8081) == "http://[::1]:8081/dav/"
