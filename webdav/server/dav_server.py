"""Binds an address and serves a WSGI application on its own threads."""

import contextlib
import errno
import logging
import math
import queue
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from cheroot.workers.threadpool import ThreadPool
from cheroot.wsgi import Server

from webdav.server.census import Census
from webdav.server.connection import DavConnection
from webdav.server.gateway import DavGateway
from webdav.server.tls import LazyTls
from webdav.settings import Network, ServerLimits, TlsFiles

logger = logging.getLogger(__name__)

WsgiApplication = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]


class AddressUnusable(Exception):
    """The server can't listen at an address."""


class PortInUse(AddressUnusable):
    """Another program listens at the port."""


class CertificateUnusable(Exception):
    """The certificate or its key can't be read or don't belong together."""


class WorkerPool(ThreadPool):
    """Worker threads that a stopping server can free from a client that reads slowly."""

    _over_at = math.inf
    _queue: queue.Queue[DavConnection]

    @property
    def is_on(self) -> bool:
        """Whether somebody waits for a worker and none is free."""
        return self.qsize > 0 and self.idle == 0

    @property
    def is_over(self) -> bool:
        """Whether the time is up that running answers have to end in after a stop."""
        return time.monotonic() >= self._over_at

    def stop(self, timeout: float = 5) -> None:
        """Close what waits for a worker, give running answers ``timeout`` seconds, then cut them off."""
        self._over_at = time.monotonic() + timeout
        with contextlib.suppress(queue.Empty):
            while True:
                self._queue.get_nowait().close()
        super().stop(timeout)  # type: ignore[arg-type]  # cheroot's stubs want whole seconds

    @staticmethod
    def _force_close(conn: DavConnection | None) -> None:
        if conn is None:
            return
        try:
            # Past the TLS layer: its own shutdown would drop encryption under a worker that is still sending.
            socket.socket.shutdown(conn.socket, socket.SHUT_RDWR)
        except OSError:
            logger.debug("a connection was gone before the stop reached it")


class DavServer(Server):
    """cheroot with parked connections. ``serve`` runs it until ``stop``; it is bound once built."""

    ConnectionClass = DavConnection
    expiration_interval = 0.2  # seconds between looks at the deadlines; also how long a stop may wait
    _connections: Any

    def __init__(
        self,
        app: WsgiApplication,
        *,
        address: tuple[str, int],
        limits: ServerLimits,
        trusted_proxies: tuple[Network, ...],
        after_request: Callable[[], None],
    ) -> None:
        super().__init__(
            address,
            app,
            server_name="Legalhold",
            request_queue_size=128,
        )
        self.timeout: float = limits.idle_seconds
        self.shutdown_timeout: float = limits.shutdown_seconds
        # Unbounded, but each connection waits in it once at most, and connections are counted.
        self.requests = WorkerPool(self, min=limits.threads, max=limits.threads)
        self.gateway = DavGateway
        self.keep_alive_conn_limit = limits.connections
        self.limits = limits
        self.after_request = after_request
        self.census = Census(limits=limits, trusted_proxies=trusted_proxies)
        self.bind_error: OSError | None = None

    def bind(self, family: int, type: int, proto: int = 0) -> socket.socket:  # noqa: A002 - cheroot's name
        """Bind as cheroot does, but keep the reason of a failure, which cheroot turns into text."""
        try:
            bound: socket.socket = super().bind(family, type, proto)
        except OSError as error:
            self.bind_error = error
            raise
        return bound

    def process_conn(self, conn: DavConnection) -> None:
        """Park a new connection until something arrives; hand the others to a worker."""
        if not conn.is_new:
            super().process_conn(conn)
            return
        conn.is_new = False
        if self.census.enter(conn):
            self._connections.put(conn)
        else:
            conn.close()

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot's signature
        """Log through logging; headers, and the secrets in them, are never part of a message."""
        logger.log(level, "%s", msg, exc_info=traceback)


def build_server(
    app: WsgiApplication,
    *,
    host: str,
    port: int,
    tls: TlsFiles | None,
    limits: ServerLimits,
    trusted_proxies: tuple[Network, ...] = (),
    after_request: Callable[[], None] = lambda: None,
) -> DavServer:
    """Return a server that is bound and takes connections once ``serve`` runs; port 0 picks a free one.

    ``after_request`` is called on the worker's thread after each response, so that it can give back what the
    application holds per thread. Raise PortInUse, AddressUnusable, CertificateUnusable.
    """
    server = DavServer(
        app, address=(host, port), limits=limits, trusted_proxies=trusted_proxies, after_request=after_request
    )
    if tls is not None:
        server.ssl_adapter = _load(tls)
    try:
        server.prepare()
    except OSError as error:
        raise _unusable(server.bind_error or error, host=host, port=port) from error
    return server


def _load(tls: TlsFiles) -> LazyTls:
    for path in (tls.certificate, tls.private_key):
        if not Path(path).is_file():
            raise CertificateUnusable(f"{path}: no such file; name the certificate and its private key")
    try:
        return LazyTls(files=tls)
    except ssl.SSLError as error:
        raise CertificateUnusable(f"{tls.certificate}, {tls.private_key}: {error.reason or error}") from error


def _unusable(error: OSError, *, host: str, port: int) -> AddressUnusable:
    if error.errno == errno.EADDRINUSE:
        return PortInUse(f"port {port} of {host} is in use by another program; choose another port or stop it")
    return AddressUnusable(f"can't listen at port {port} of {host}: {error.strerror or error}")
