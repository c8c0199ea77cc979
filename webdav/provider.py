"""The WsgiDAV provider: hands every request to our handlers, and has no resource of its own to give or change."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wsgidav.dav_provider import DAVProvider

from webdav.http.request import Request
from webdav.http.response import Response, status_line
from webdav.methods.context import Context
from webdav.methods.folder import SHARE_ROOT
from webdav.methods.get import get
from webdav.methods.propfind import propfind, propfind_above

REQUEST_KEY = "legalhold.request"
CONTEXT_KEY = "legalhold.context"

StartResponse = Callable[..., object]


class ShareProvider(DAVProvider):
    """Answers for every share; which one, the admitted request carries."""

    def is_readonly(self) -> bool:
        """Say that nothing here can be written: WsgiDAV then knows no writing method."""
        return True

    def get_resource_inst(self, _path: str, _environ: Mapping[str, Any]) -> None:
        """Have nothing for WsgiDAV's own handlers, should one ever be reached."""

    def custom_request_handler(
        self, environ: Mapping[str, Any], start_response: StartResponse, _default_handler: object
    ) -> Iterable[bytes]:
        """Answer an admitted request."""
        response = answer(environ[REQUEST_KEY], context=environ[CONTEXT_KEY])
        start_response(status_line(response.status), list(response.headers))
        return response.body


def answer(request: Request, *, context: Context) -> Response:
    """Return the answer to a GET, HEAD or PROPFIND of the context's share."""
    below = request.path[len(SHARE_ROOT) :]
    if request.method != "PROPFIND":
        return get(request, context=context, path=below)
    return propfind(request, context=context, path=below) if request.path else propfind_above(request, context=context)
