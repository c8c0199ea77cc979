"""OPTIONS: what may be asked here. The same for every path, so that it tells nothing about any."""

from webdav.http.request import Request
from webdav.http.response import ALLOW, ALWAYS, Response

# Class 1 alone: Finder then mounts read-only. Windows looks for MS-Author-Via before it asks for credentials.
DAV_HEADERS = (("DAV", "1"), ("MS-Author-Via", "DAV"))


def options(_request: Request) -> Response:
    """Answer any OPTIONS, without credentials."""
    return Response(200, (("Allow", ALLOW), ("Content-Length", "0"), *DAV_HEADERS, *ALWAYS), ())
