"""The WSGI application: reads a request, admits it, and lets WsgiDAV route it to our handlers."""

from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO
from typing import Any

from wsgidav.request_resolver import RequestResolver
from wsgidav.wsgidav_app import WsgiDAVApp

from webdav.admission import Admission
from webdav.directory import Granted, ShareDirectory
from webdav.http.request import ALLOWED_METHODS, Request, RequestUnreadable, has_body, read_request
from webdav.http.response import Response, closing, page, status_line
from webdav.http.throttle import FailedAttempts
from webdav.methods.context import Clock, Context, ZipStream
from webdav.methods.sending import BLOCK_BYTES
from webdav.provider import CONTEXT_KEY, REQUEST_KEY, ShareProvider, StartResponse
from webdav.settings import DavSettings
from webdav.slots import AnswerSlots, GrantedBody

Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, StartResponse], Iterable[bytes]]


def build_app(
    *, directory: ShareDirectory, settings: DavSettings, clock: Clock, zip_stream: ZipStream | None = None
) -> WsgiApplication:
    """Return the WSGI application that serves all shares."""
    attempts = FailedAttempts(settings=settings)
    admission = Admission(directory=directory, settings=settings, clock=clock, attempts=attempts)
    slots = AnswerSlots(limit=settings.answers_at_once)
    router = _router()

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        admitted = _receive(environ, admission)
        if isinstance(admitted, Response):
            return _begin(admitted, start_response)
        request, granted = admitted
        if not slots.take(share=granted.share, client=request.client):
            return _begin(_crowded(request), start_response)
        give_back = partial(slots.give_back, share=granted.share, client=request.client)
        context = Context(granted=granted, directory=directory, clock=clock, zip_stream=zip_stream)
        # WsgiDAV's call is a generator: what fails, fails when the body is read, and the body is closed.
        return GrantedBody(router(_routed(environ, request, context), start_response), on_close=give_back)

    return app


def _begin(response: Response, start_response: StartResponse) -> Iterable[bytes]:
    start_response(status_line(response.status), list(response.headers))
    return response.body


def _crowded(request: Request) -> Response:
    text = "Too much is being read through this share, or from your address, at once. Try again in a moment."
    return page(request, status=503, text=text, headers=(("Retry-After", "1"),))


def _router() -> WsgiApplication:
    """Return WsgiDAV with nothing that writes, locks, lists, or logs to standard output by itself."""
    config = {
        "provider_mapping": {"/": ShareProvider()},
        "middleware_stack": [RequestResolver],
        "lock_storage": False,
        "property_manager": None,
        "logging": {"enable": False},
        "verbose": 0,
        "block_size": BLOCK_BYTES,
        "suppress_version_info": True,
    }
    router: WsgiApplication = WsgiDAVApp(config)
    return router


def _receive(environ: Environ, admission: Admission) -> Response | tuple[Request, Granted]:
    try:
        request = read_request(environ, settings=admission.settings)
    except RequestUnreadable as error:
        return closing(page(error.request, status=error.status, text=str(error)))
    admitted = admission.admit(request)
    if isinstance(admitted, Granted):
        return request, admitted
    # Only the methods we answer have their bodies read.
    is_unread = request.method not in ALLOWED_METHODS and has_body(request.headers)
    return closing(admitted) if is_unread else admitted


def _routed(environ: Environ, request: Request, context: Context) -> Environ:
    """Return the environ that WsgiDAV sees: no path and no body for it to read in its own way."""
    return {
        **environ,
        "PATH_INFO": "/dav",
        "CONTENT_LENGTH": "0",
        "wsgi.input": BytesIO(),
        "wsgidav.auth.user_name": context.granted.share,
        REQUEST_KEY: request,
        CONTEXT_KEY: context,
    }
