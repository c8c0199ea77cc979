"""A plain and an encrypted server that echo what they are asked."""

import pytest

from tests.webdav.server.speaking import LIMITS, echo
from webdav.server import build_server


@pytest.fixture(scope="module")
def plain(dav_kit):
    with dav_kit.serving(build_server(echo, host="127.0.0.1", port=0, tls=None, limits=LIMITS)) as server:
        yield dav_kit.Client(server)


@pytest.fixture(scope="module")
def secure(dav_kit, tls_files, trusting):
    with dav_kit.serving(build_server(echo, host="127.0.0.1", port=0, tls=tls_files, limits=LIMITS)) as server:
        yield dav_kit.Client(server, trusting)


@pytest.fixture(params=["plain", "secure"])
def client(request, dav_kit):
    client = request.getfixturevalue(request.param)
    yield client
    assert dav_kit.wait_for(lambda: len(client.server.census) == 0)
