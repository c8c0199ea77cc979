"""Runs the WSGI application for one request."""

from cheroot.wsgi import Gateway_10


class DavGateway(Gateway_10):
    """cheroot's gateway, but an application that fails before its first byte gives a 500, not an empty 200."""

    def respond(self) -> None:
        """Send what the application answers."""
        response = self.req.server.wsgi_app(self.env, self.start_response)
        outbox = self.req.conn.wfile
        try:
            outbox.may_wait = getattr(response, "may_wait", False)
            for block in filter(None, response):
                self.write(block)
            self.req.ensure_headers_sent()
        finally:
            outbox.may_wait = False
            if hasattr(response, "close"):
                response.close()
