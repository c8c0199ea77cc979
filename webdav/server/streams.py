"""A connection's two directions: what has arrived, taken without waiting, and what is sent, with a time limit."""

import errno
import socket
import ssl
from collections.abc import Callable
from typing import Protocol

from webdav.server.pace import Pace
from webdav.settings import ServerLimits

END_OF_HEAD = b"\r\n\r\n"
_RECEIVE_BYTES = 64 * 1024
_SLICE_BYTES = 64 * 1024
_WAIT_SECONDS = 1.0  # for one slice, before it is asked whether others wait

Clock = Callable[[], float]


class Pressure(Protocol):
    """Whether others wait for the worker that sends."""

    @property
    def is_on(self) -> bool:
        """Whether somebody waits and no worker is free."""

    @property
    def is_over(self) -> bool:
        """Whether the server has stopped and its time to end is up."""


class Inbox:
    """Holds what a client has sent. Receiving never waits: waiting is the selector's work, not a worker's."""

    def __init__(self, sock: socket.socket, *, limit: int) -> None:
        self.closed = False
        self.is_ended = False
        self.is_waiting = False
        self._sock = sock
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0

    def __len__(self) -> int:
        return len(self._buffer)

    def receive(self) -> None:
        """Take what has arrived, up to the limit; note the end of the stream."""
        self._sock.settimeout(0)
        while len(self._buffer) < self._limit:
            try:
                data = self._sock.recv(_RECEIVE_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            if not data:
                self.is_ended = True
                return
            self._buffer += data

    def take_head(self) -> bytes | None:
        """Remove and return a head, without its last empty line; None while it isn't whole."""
        if self._buffer.startswith(b"\r\n"):  # RFC 9112 §2.2: one empty line before a request is ignored
            del self._buffer[:2]
        end = self._buffer.find(END_OF_HEAD, max(self._searched - len(END_OF_HEAD), 0))
        self._searched = len(self._buffer)
        if end < 0:
            return None
        self._searched = 0
        head = bytes(self._buffer[:end])
        del self._buffer[: end + len(END_OF_HEAD)]
        return head

    def peek(self) -> bytes:
        """Return what is held, and keep it."""
        return bytes(self._buffer)

    def read(self, size: int) -> bytes:
        """Remove and return up to ``size`` bytes of what is held."""
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def has_data(self) -> bool:
        """Say whether there is something to work on that no readable socket will announce."""
        if self.is_waiting:
            return False
        is_pending = isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0
        return bool(self._buffer) or is_pending

    def close(self) -> None:
        """Mark as closed; the connection closes the socket."""
        self.closed = True


class Outbox:
    """Sends to a client; any failure, slowness included, is one kind: the client is gone.

    Without ``may_wait`` it never waits: whoever has shown no credentials can't hold a worker by not reading.
    """

    def __init__(self, sock: socket.socket, *, limits: ServerLimits, pressure: Pressure, clock: Clock) -> None:
        self._sock = sock
        self._limits = limits
        self._pressure = pressure
        self._clock = clock
        self._pace: Pace | None = None

    @property
    def may_wait(self) -> bool:
        """Whether a worker may wait for this client."""
        return self._pace is not None

    @may_wait.setter
    def may_wait(self, may_wait: bool) -> None:
        limits = self._limits
        self._pace = Pace(slow=limits.slow_bytes_per_second, seconds=limits.slow_seconds) if may_wait else None

    def write(self, data: bytes) -> None:
        """Send all of it, within the time limit if at all. Raise ConnectionAbortedError."""
        try:
            if self._pace is None:
                self._sock.settimeout(0)
                self._sock.sendall(data)
            else:
                self._send_patiently(data, self._pace)
        except OSError as error:
            raise ConnectionAbortedError(errno.ECONNABORTED, f"the client is gone: {error}") from error

    def _send_patiently(self, data: bytes, pace: Pace) -> None:
        left, until = memoryview(data), self._clock() + self._limits.write_seconds
        while left:
            began = self._clock()
            self._sock.settimeout(min(_WAIT_SECONDS, self._limits.write_seconds))
            try:
                sent = self._sock.send(left[:_SLICE_BYTES])  # load-bearing: TLS wants the same slice again
            except TimeoutError:
                sent = 0
            left, now = left[sent:], self._clock()
            pace.count(sent, seconds=now - began)
            if left and (now >= until or self._pressure.is_over or (pace.is_slow and self._pressure.is_on)):
                raise TimeoutError("it reads too slowly")
