"""One request on a connection: fills what cheroot's gateway reads from a head that was read strictly."""

from typing import Any

from cheroot.server import HTTPRequest, KnownLengthRFile


class DavRequest(HTTPRequest):
    """A request whose head and body have arrived whole before a worker begins with it."""

    def parse_request(self) -> None:
        """Take over the head that the connection has read."""
        head = self.conn.take_head()
        self.body_bytes = 0 if self.conn.is_unread else head.body_bytes
        self.inheaders = dict(head.fields)
        self.method, self.uri = head.method, head.target
        self.path, _, self.qs = head.target.partition(b"?")
        self.authority = head.fields.get(b"Host", b"")
        self.request_protocol = b"HTTP/1.%d" % head.minor
        self.response_protocol = f"HTTP/1.{head.minor}"
        self.close_connection = head.is_last or self.conn.is_unread
        self.ready = True

    def respond(self) -> None:
        """Let the application answer, and tell who asked to know that it has."""
        self.rfile: Any = KnownLengthRFile(self.conn.rfile, self.body_bytes)
        try:
            self.server.gateway(self).respond()
            if self.chunked_write:
                self.conn.wfile.write(b"0\r\n\r\n")
        except ConnectionAbortedError:
            self.conn.is_aborted = True
            raise
        finally:
            self.server.after_request()

    def send_headers(self) -> None:
        """Send the headers; an application's ``Connection: close`` is kept, which cheroot wouldn't."""
        if (b"Connection", b"close") in self.outheaders:
            self.close_connection = True
        super().send_headers()
