"""One client's connection: a worker touches it only when something has arrived, and never waits for more."""

import contextlib
import socket
import ssl
import struct
import time
from http import HTTPStatus
from typing import Any, Literal

from cheroot.server import HTTPConnection

from webdav.server.head import Head, HeadRefused, has_bare_line_feed, read_head
from webdav.server.request import DavRequest
from webdav.server.streams import Inbox, Outbox

PLAIN_ON_TLS = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 41\r\n\r\n"
    b"This address speaks https: begin with it."
)
_DISCARD_BYTES = 1024 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

Progress = Literal["waiting", "complete", "over"]


class DavConnection(HTTPConnection):
    """A connection that is parked in the selector until a request is whole, handshake included."""

    RequestHandlerClass = DavRequest

    def __init__(self, server: Any, sock: socket.socket, _makefile: object = None) -> None:
        self.limits = server.limits
        super().__init__(server, sock, self._stream)
        self.is_new = True
        self.is_aborted = False
        self.head: Head | None = None
        self.wait_until = time.monotonic() + self.limits.head_seconds
        self._is_started = True  # a new connection's time runs from the start: silence is no excuse
        self._is_shaken = not isinstance(sock, ssl.SSLSocket)
        self._is_continued = False
        self._is_unread = False
        self._is_draining = False

    @property
    def last_used(self) -> float:
        """What cheroot compares to the wall's now less its timeout: so shaped that it closes us at ``wait_until``."""
        left = self.wait_until - time.monotonic()
        return float(time.time() + left - self.server.timeout)

    @last_used.setter
    def last_used(self, _at: float) -> None:
        """Ignore the touch of every parking: else a byte now and then would keep half a request open for ever."""

    def communicate(self) -> bool:
        """Take what has arrived and answer a whole request. Return whether the connection stays."""
        if self._is_draining:
            return self._discard()
        try:
            progress = self._advance()
        except HeadRefused as refusal:
            self._refuse(refusal)
            return False
        except OSError:  # a TLS error is one
            return False
        self.rfile.is_waiting = progress == "waiting"
        if progress == "complete":
            return self._answer()
        # The selector closes what is parked too long, but seldom finds a client parked that sends byte by byte.
        return progress == "waiting" and time.monotonic() < self.wait_until

    def take_head(self) -> Head:
        """Return the head of the request that is whole, and begin anew."""
        head, self.head = self.head, None
        assert head is not None
        self._is_unread = head.is_chunked or head.body_bytes > self.limits.body_bytes
        return head

    @property
    def is_unread(self) -> bool:
        """Whether a body follows that nobody will read, so that no next request can be found."""
        return self._is_unread

    def close(self) -> None:
        """Close; a client that is still sending is parked first, until it has read its refusal."""
        if self._is_unread and not self.is_aborted and not self._is_draining:
            self._drain()
            return
        self.server.census.leave(self)
        if self.is_aborted:
            # What the kernel still holds of a download that was stopped goes nowhere: it may be megabytes.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        super().close()

    def _stream(self, sock: socket.socket, mode: str, _bufsize: int) -> Inbox | Outbox:
        if mode == "wb":
            return Outbox(sock, limits=self.limits, pressure=self.server.requests, clock=time.monotonic)
        return Inbox(sock, limit=self.limits.head_bytes + self.limits.body_bytes)

    def _advance(self) -> Progress:
        if not self._is_shaken:
            progress = self._shake()
            if progress != "complete":
                return progress
        self.rfile.receive()
        if len(self.rfile) and not self._is_started:
            self._is_started = True
            self.wait_until = time.monotonic() + self.limits.head_seconds
        if (self.head is None and not self._find_head()) or not self._has_body():
            return "over" if self.rfile.is_ended else "waiting"
        return "complete"

    def _shake(self) -> Progress:
        self.socket.settimeout(0)
        try:
            self.socket.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return "waiting"
        except ssl.SSLError as error:
            if error.reason == "HTTP_REQUEST":
                socket.socket.send(self.socket, PLAIN_ON_TLS)  # past the TLS layer: the client speaks none
                self._is_unread = True
            return "over"
        self._is_shaken = True
        return "complete"

    def _find_head(self) -> bool:
        raw = self.rfile.take_head()
        if len(self.rfile.peek() if raw is None else raw) > self.limits.head_bytes:
            raise HeadRefused("431 Request Header Fields Too Large", "The request's head is too long.")
        if raw is not None:
            self.head = read_head(raw)
        elif has_bare_line_feed(self.rfile.peek()):
            raise HeadRefused("400 Bad Request", "Lines end in CR and LF.")
        return self.head is not None

    def _has_body(self) -> bool:
        assert self.head is not None
        wanted = self.head.body_bytes
        if self.head.is_chunked or wanted > self.limits.body_bytes or len(self.rfile) >= wanted:
            return True
        if self.head.expects_continue and not self._is_continued:
            self._is_continued = True
            self.wfile.write(_CONTINUE)
        return False

    def _answer(self) -> bool:
        is_kept = super().communicate()  # type: ignore[no-untyped-call]  # cheroot's stubs lack it
        self.wait_until = time.monotonic() + self.limits.idle_seconds
        self._is_started = self._is_continued = False
        return bool(is_kept) and not self.rfile.is_ended

    def _refuse(self, refusal: HeadRefused) -> None:
        self._is_unread = True
        body = f"{refusal}\n".encode()
        phrase = HTTPStatus(int(refusal.status[:3])).phrase
        head = (
            f"HTTP/1.1 {refusal.status[:3]} {phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        with contextlib.suppress(ConnectionError):
            self.wfile.write(head.encode() + body)

    def _drain(self) -> None:
        # Closing with unread input resets the connection, and the client loses the answer before it reads it.
        self._is_draining = self.rfile.is_waiting = True
        self.wait_until = time.monotonic() + self.limits.linger_seconds
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_WR)
        self.server.put_conn(self)

    def _discard(self) -> bool:
        """Throw away what has arrived, past the TLS layer. Return whether to wait for more."""
        self.socket.settimeout(0)
        try:
            has_more = socket.socket.recv(self.socket, _DISCARD_BYTES) != b""
        except OSError:
            return False
        return has_more and time.monotonic() < self.wait_until
