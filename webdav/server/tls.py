"""TLS that shakes hands in the worker, step by step: a silent client holds up nobody."""

import socket
import ssl
from typing import Any

from cheroot.ssl import Adapter

from webdav.settings import TlsFiles


class LazyTls(Adapter):
    """Wraps accepted sockets without waiting for the client."""

    def __init__(self, *, files: TlsFiles) -> None:
        super().__init__(files.certificate, files.private_key)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.options |= ssl.OP_NO_RENEGOTIATION
        self.context.load_cert_chain(files.certificate, files.private_key)

    def bind(self, sock: socket.socket) -> socket.socket:
        """Leave the listening socket as it is."""
        return sock

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, Any]]:
        """Return the socket, wrapped, its handshake still to come."""
        return self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False), self.get_environ()

    def get_environ(self) -> dict[str, Any]:
        """Return nothing: the request's scheme already says https."""
        return {}

    def makefile(self, sock: socket.socket, mode: str = "r", bufsize: int = -1) -> None:
        """Make no file: connections have streams of their own."""
