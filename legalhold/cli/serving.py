"""Runs the WebDAV server and the sealer in this process until it is asked to stop."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final

from django.db import close_old_connections

from exports.trees.export import ExportTree, zip_of
from exports.writers.layouts import Layouts
from legalhold.cli.refusing import refusal
from webdav.app import build_app
from webdav.credentials import share_pepper
from webdav.reads import ReadRecorder
from webdav.server import build_server
from webdav.settings import DavSettings, ServerLimits
from webdav.shares import DatabaseShares

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from exports.models import Export
    from exports.trees.node import Tree
    from legalhold.cli.installation import Installation
    from webdav.methods.context import ZipBody
    from webdav.server import DavServer
    from webdav.settings import Network, TlsFiles

SEAL_SECONDS: Final = 5.0
"""Between looks at what was recorded and isn't sealed yet."""


class ProxyUnreadable(ValueError):
    """A trusted proxy isn't an address or a network."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen; without ``tls`` only for readers on this machine or behind a trusted proxy."""

    host: str
    port: int
    tls: TlsFiles | None
    trusted_proxies: tuple[Network, ...]

    def url(self, *, port: int) -> str:
        """Return the address that readers open."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{port}/dav/"


def read_proxies(texts: Sequence[str]) -> tuple[Network, ...]:
    """Read the networks of LEGALHOLD_TRUSTED_PROXIES. Raises ``ProxyUnreadable``."""
    try:
        return tuple(ip_network(text.strip()) for text in texts)
    except ValueError as error:
        raise ProxyUnreadable(
            f"LEGALHOLD_TRUSTED_PROXIES: {error}; write addresses like 10.0.0.1 or 10.0.0.0/24"
        ) from error


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def bound(*, installation: Installation, listening: Listening) -> Iterator[DavServer]:
    """Give a server that has its port and waits for ``serve_shares``, so that nothing is opened for a port that is taken.

    Raises ``PortInUse``, ``AddressUnusable``, ``CertificateUnusable``.
    """
    recorder = ReadRecorder(clock=installation.now)
    try:
        server = _build(installation, listening, recorder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        recorder.stop()


def port_of(server: DavServer) -> int:
    """Return the port that a server is bound to."""
    port: int = server.bind_addr[1]
    return port


def serve_shares(
    *, server: DavServer, installation: Installation, listening: Listening, say: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or SIGINT."""
    with _asked_to_stop() as stop:
        thread = threading.Thread(target=server.serve, name="webdav")
        thread.start()
        say(f"serving shares at {listening.url(port=port_of(server))}; stop with Ctrl-C")
        try:
            _seal_until(stop, installation, say)
        finally:
            server.stop()
            thread.join()


def _build(installation: Installation, listening: Listening, recorder: ReadRecorder) -> DavServer:
    archive = installation.archive

    def tree_of(export: Export) -> Tree:
        return ExportTree(export=export, archive=archive)

    layouts = Layouts(build=lambda export: zip_of(ExportTree(export=export, archive=archive)))

    def zip_stream(tree: Tree) -> ZipBody:
        assert isinstance(tree, ExportTree)
        return layouts.of(export=tree.export)

    app = build_app(
        directory=DatabaseShares(pepper=share_pepper(archive=archive), tree_of=tree_of, recorder=recorder),
        settings=DavSettings(trusted_proxies=listening.trusted_proxies),
        clock=installation.now,
        zip_stream=zip_stream,
    )
    return build_server(
        app,
        host=listening.host,
        port=listening.port,
        tls=listening.tls,
        limits=ServerLimits(),
        trusted_proxies=listening.trusted_proxies,
        after_request=close_old_connections,
    )


def _seal_until(stop: threading.Event, installation: Installation, say: Callable[[str], None]) -> None:
    said = ""
    while not stop.wait(SEAL_SECONDS):
        try:
            close_old_connections()
            installation.seal()
            said = ""
        except Exception as error:
            message = refusal(error)
            if message is None:
                raise
            # Readers go on reading: what they read is recorded, and sealed once the cause is gone.
            if message != said:
                say(f"not sealed: {message}")
            said = message


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
