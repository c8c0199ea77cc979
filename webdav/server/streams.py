"""A connection's two directions: what has arrived, taken without waiting, and what is sent, with a time limit."""

import errno
import socket
import ssl

END_OF_HEAD = b"\r\n\r\n"
_RECEIVE_BYTES = 64 * 1024


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
    """Sends to a client; any failure, slowness included, is one kind: the client is gone."""

    def __init__(self, sock: socket.socket, *, seconds: float) -> None:
        self._sock = sock
        self._seconds = seconds

    def write(self, data: bytes) -> None:
        """Send all of it within the time limit. Raise ConnectionAbortedError."""
        try:
            self._sock.settimeout(self._seconds)
            self._sock.sendall(data)
        except OSError as error:
            raise ConnectionAbortedError(errno.ECONNABORTED, f"the client is gone: {error}") from error
