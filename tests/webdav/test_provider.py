"""WsgiDAV's part: it knows no writing method, should a request ever get past us."""

import pytest
from wsgidav.dav_error import DAVError
from wsgidav.request_server import RequestServer

from webdav.app import _router
from webdav.provider import ShareProvider


def test_provider_has_nothing_to_write_to():
    provider = ShareProvider()

    assert provider.is_readonly() is True
    assert provider.get_resource_inst("/dav", {}) is None
    assert RequestServer(provider)._possible_methods == ["OPTIONS", "HEAD", "GET", "PROPFIND"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "MKCOL", "MOVE", "COPY", "PROPPATCH", "LOCK", "UNLOCK"])
def test_router_alone_refuses_to_write(method):
    environ = {"REQUEST_METHOD": method, "PATH_INFO": "/dav", "SCRIPT_NAME": "", "wsgidav.auth.user_name": "x"}

    with pytest.raises(DAVError, match="405"):
        list(_router()(environ, lambda *_: None))


def test_router_locks_and_lists_nothing():
    router = _router()

    assert (router.lock_manager, router.prop_manager) == (None, None)
    assert [type(app).__name__ for app in (router.application,)] == ["RequestResolver"]
