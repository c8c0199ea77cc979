"""Decides whether a request is let in: TLS, method, what needs no credentials, credentials, throttle.

Knows no tree: whoever isn't let in learns nothing about what a share holds, or whether there is one.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from html import escape

from webdav.directory import Ended, Granted, ShareDirectory
from webdav.http.credentials import Credentials, read_credentials
from webdav.http.request import ALLOWED_METHODS, Request
from webdav.http.response import (
    ALLOW,
    ALWAYS,
    STYLE_PATH,
    Response,
    missing,
    page,
    respond,
    style_sheet,
)
from webdav.http.throttle import FailedAttempts
from webdav.methods.context import Clock
from webdav.methods.folder import SHARE_ROOT
from webdav.methods.get import NO_INDEX_NAME, no_index
from webdav.methods.options import options
from webdav.settings import DavSettings

MOST_LOGGED = 64  # characters of an address: a proxy may pass on a long one
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Admission:
    """Who is let in. One value for all threads."""

    directory: ShareDirectory
    settings: DavSettings
    clock: Clock
    attempts: FailedAttempts

    def admit(self, request: Request) -> Granted | Response:
        """Return the share the request may read, or the answer that ends the request here."""
        answer = answer_openly(request)
        return self._authenticate(request) if answer is None else answer

    def _authenticate(self, request: Request) -> Granted | Response:
        credentials = read_credentials(request.headers.get("authorization"))
        if credentials is None:
            return self._challenge(request)
        return self._look_up(request, credentials)

    def _look_up(self, request: Request, credentials: Credentials) -> Granted | Response:
        at = self.clock()
        found = self.directory.authenticate(
            user=credentials.user, secret=credentials.secret, at=at, client=request.client
        )
        if found is None:
            return self._refuse(request, credentials.user, at)
        if isinstance(found, Ended):
            return page(request, status=403, text=found.message)
        if not self.directory.is_live(share=found.share, at=at):
            return page(request, status=403, text="This share ended.")
        return found

    def _refuse(self, request: Request, user: str, at: datetime) -> Response:
        # Only wrong credentials are throttled: else whoever guesses from behind the same address shuts out the reader.
        if self.attempts.is_blocked(user=user, client=request.client, at=at):
            retry = (("Retry-After", str(self.settings.failure_window_seconds)),)
            return page(request, status=429, text="Too many wrong passwords. Wait a minute.", headers=retry)
        counted = self.attempts.count(user=user, client=request.client, at=at)
        # Never the user name: people type their password into it.
        if counted.of_address == 1:
            logger.info("a sign-in from %a was refused", request.client[:MOST_LOGGED])
        if counted.is_limit:
            logger.warning("sign-ins from %a are throttled", request.client[:MOST_LOGGED])
            self.directory.sign_ins_refused(client=request.client, failures=counted.of_address, at=at)
        return self._challenge(request)

    def _challenge(self, request: Request) -> Response:
        challenge = (("WWW-Authenticate", f'Basic realm="{escape(self.settings.realm)}", charset="UTF-8"'),)
        text = "Sign in with the user name and the password of your share."
        return page(request, status=401, text=text, headers=challenge)


def answer_openly(request: Request) -> Response | None:
    """Return the answer that needs no credentials, None when they are needed. No answer here depends on a share."""
    if not request.is_secure:
        return page(request, status=403, text="Passwords aren't taken over an open connection. Use https.")
    if request.method not in ALLOWED_METHODS:
        text = "This share can only be read."
        return page(request, status=405, text=text, headers=(("Allow", ALLOW),))
    if request.method == "OPTIONS":
        return options(request)
    if request.path[:1] == SHARE_ROOT or (request.method == "PROPFIND" and not request.path):
        return None
    return missing(request) if request.method == "PROPFIND" else _open_page(request)


def _open_page(request: Request) -> Response:
    if not request.path:
        return Response(302, (("Location", "/dav/"), ("Content-Length", "0"), *ALWAYS), ())
    if request.path == (STYLE_PATH[1:],):
        return respond(request, status=200, media_type="text/css; charset=utf-8", blocks=(style_sheet(),))
    return no_index(request) if request.path == (NO_INDEX_NAME,) else missing(request)
