"""A tree in memory, a share directory in memory, and real servers on loopback to read them from."""

import base64
import hashlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from exports.trees.node import ContentRef, Node
from legalhold.cli.certificates import trial_certificate
from webdav.app import build_app
from webdav.directory import Ended, Granted, ReadNotRecorded
from webdav.server import DavServer, build_server
from webdav.settings import DavSettings, ServerLimits, TlsFiles

MODIFIED_AT = datetime(2026, 3, 1, 10, 20, 30, 123456, tzinfo=UTC)
CREATED_AT = datetime(2026, 2, 1, 0, 0, tzinfo=UTC)
USER, SECRET = "share-1", "the-canary-secret-of-share-1"
BIG = bytes(range(256)) * 4096 * 3  # 3 MiB


class MemoryTree:
    """A tree of files given as path → bytes; blocks are big, so that they have to be cut."""

    def __init__(self, files: dict[str, bytes], folders: Sequence[str] = ()) -> None:
        self.nodes: dict[tuple[str, ...], Node] = {}
        self.data: dict[tuple[str, ...], bytes] = {}
        self.order: dict[tuple[str, ...], list[Node]] = {(): []}
        self._add((), None)
        for name in folders:
            self._add(tuple(name.split("/")), None)
        for name, data in files.items():
            self._add(tuple(name.split("/")), data)

    def _add(self, path: tuple[str, ...], data: bytes | None) -> None:
        if path and path[:-1] not in self.nodes:
            self._add(path[:-1], None)
        if data is None:
            node = Node(path, True, 0, MODIFIED_AT, CREATED_AT)
            self.order.setdefault(path, [])
        else:
            digest = hashlib.sha256(data).hexdigest()
            media_type = "message/rfc822" if path[-1].endswith(".eml") else "application/octet-stream"
            node = Node(path, False, len(data), MODIFIED_AT, CREATED_AT, digest, ContentRef(digest), media_type)
            self.data[path] = data
        self.nodes[path] = node
        if path:
            self.order[path[:-1]].append(node)

    def lookup(self, path: tuple[str, ...]) -> Node | None:
        return self.nodes.get(path)

    def children(self, node: Node) -> Sequence[Node]:
        return self.order[node.path]

    def open(self, node: Node, *, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        data = self.data[node.path][start:stop]
        for at in range(0, len(data), 1 << 20):
            yield data[at : at + (1 << 20)]


@dataclass
class MemoryShares:
    """Shares in memory: user → (secret, what they open), and a record of every read."""

    tree: MemoryTree
    at: datetime = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
    ends_at: datetime = datetime(2026, 7, 1, tzinfo=UTC)
    is_revoked: bool = False
    reads: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    refused: list[tuple[str, int, datetime]] = field(default_factory=list)
    live_checks: int = 0
    revoke_after_checks: int | None = None
    refuse_after_reads: int | None = None

    def clock(self) -> datetime:
        return self.at

    def authenticate(self, *, user: str, secret: str, at: datetime, client: str) -> Granted | Ended | None:
        self.asked.append((user, secret, client))
        if (user, secret) != (USER, SECRET):
            return None
        if at >= self.ends_at:
            return Ended("This share ended on 1 July 2026.")
        return Granted(share=USER, label="Müller <v> Meyer", ends_text="Ends on 1 July 2026", tree=self.tree)

    def sign_ins_refused(self, *, client: str, failures: int, at: datetime) -> None:
        self.refused.append((client, failures, at))

    def is_live(self, *, share: str, at: datetime) -> bool:
        self.live_checks += 1
        if self.revoke_after_checks is not None and self.live_checks > self.revoke_after_checks:
            return False
        return share == USER and at < self.ends_at and not self.is_revoked

    def begin_read(self, **read: Any) -> object:
        if self.refuse_after_reads is not None and len(self.reads) >= self.refuse_after_reads:
            raise ReadNotRecorded
        self.reads.append({**read, "sent": None})
        return len(self.reads) - 1

    def end_read(self, token: object, *, sent_bytes: int) -> None:
        assert isinstance(token, int)
        self.reads[token]["sent"] = sent_bytes


class MemoryZip:
    """Stands for the ZIP writer: any bytes of known size."""

    file_name = "Müller.zip"
    data = b"PK" + bytes(range(256)) * 100
    size_bytes = len(data)
    etag = "zip-of-share-1"
    modified_at = MODIFIED_AT

    def open(self, *, start: int, stop: int) -> Iterator[bytes]:
        yield self.data[start:stop]


FILES = {
    "READ ME FIRST.html": b"<script>alert('the canary body')</script>",
    "Mail/Grüße # ? % & < ( ) [ ] ' \" 🎉.eml": b"Subject: umlauts\r\n\r\nbody\r\n",
    "Mail/a.eml": b"0123456789" * 10,
    "Mail/empty.eml": b"",
    "Device/.DS_Store": b"held evidence",
    "Device/big.bin": BIG,
}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """Speaks to a server: whole requests over http.client, or raw bytes."""

    def __init__(self, server: DavServer, tls: ssl.SSLContext | None = None) -> None:
        self.server = server
        self.port = server.bind_addr[1]
        self.tls = tls

    def connect(self, timeout: float = 10) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        return self.tls.wrap_socket(plain, server_hostname="localhost") if self.tls else plain

    def raw(self, data: bytes, timeout: float = 10) -> bytes:
        """Send bytes and return all that comes until the server closes."""
        with self.connect(timeout) as sock:
            sock.sendall(data)
            return read_all(sock)

    def ask(
        self,
        method: str,
        target: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        user: str | None = USER,
        secret: str = SECRET,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        sent = dict(headers or {})
        if user is not None:
            sent.setdefault("Authorization", basic(user, secret))
        try:
            connection.request(method, target, body=body, headers=sent)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()


def read_all(sock: socket.socket) -> bytes:
    received = b""
    try:
        while data := sock.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    return received


def basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


@contextmanager
def serving(server: DavServer) -> Iterator[DavServer]:
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def dav_kit() -> SimpleNamespace:
    """What the test modules share: they can't import from each other."""
    return SimpleNamespace(
        MemoryTree=MemoryTree,
        MemoryShares=MemoryShares,
        MemoryZip=MemoryZip,
        Client=Client,
        FILES=FILES,
        BIG=BIG,
        USER=USER,
        SECRET=SECRET,
        basic=basic,
        serving=serving,
        read_all=read_all,
        wait_for=wait_for,
        MODIFIED_AT=MODIFIED_AT,
    )


def wait_for(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()


@pytest.fixture
def shares() -> MemoryShares:
    return MemoryShares(MemoryTree(FILES))


class SwitchingShares:
    """Lets one running server serve each test's own shares."""

    def __init__(self) -> None:
        self.current: MemoryShares | None = None
        self.requests_done = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.current, name)


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[SwitchingShares, Client]]:
    switching = SwitchingShares()
    app = build_app(
        directory=switching,
        settings=DavSettings(failures_per_share=5, failures_per_address=8),
        clock=lambda: switching.clock(),
        zip_stream=lambda _tree: MemoryZip(),
    )

    def count() -> None:
        switching.requests_done += 1

    server = build_server(app, host="127.0.0.1", port=0, tls=None, limits=ServerLimits(threads=4), after_request=count)
    with serving(server):
        yield switching, Client(server)


@pytest.fixture
def client(running: tuple[SwitchingShares, Client], shares: MemoryShares) -> Client:
    """A client of a real server that serves this test's shares; failed attempts of other tests are long ago."""
    switching, client = running
    before = switching.current
    if before is not None:
        shares.at = before.at + timedelta(minutes=2)
        shares.ends_at = shares.at + timedelta(days=30)
    switching.current = shares
    return client


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    folder: Path = tmp_path_factory.mktemp("tls")
    files, _fingerprint = trial_certificate(folder=folder, host="localhost", at=datetime.now(UTC))
    return files


@pytest.fixture(scope="session")
def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
