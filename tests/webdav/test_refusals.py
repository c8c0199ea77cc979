"""What is refused, to whom, and that the refusal tells nothing."""

import logging
import re
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.leaking import CANARIES, WRITE_METHODS, leaks
from webdav.app import build_app
from webdav.settings import DavSettings


@pytest.mark.parametrize("method", WRITE_METHODS)
def test_writing_is_refused_everywhere(client, shares, dav_kit, method):
    before = dict(shares.tree.data)
    for target in ("/", "/dav/", "/dav/Mail/", "/dav/Mail/a.eml", "/dav/new"):
        for body in (None, b"x" * 100, b"x" * 300_000):
            for user in (None, dav_kit.USER):
                answer = client.ask(method, target, body=body, user=user, headers={"Destination": "/dav/stolen"})

                assert answer.status == 405
                assert answer.headers["allow"] == "OPTIONS, GET, HEAD, PROPFIND"
                assert answer.headers.get("connection") == ("close" if body else None)
                assert leaks(answer) == []
    assert shares.tree.data == before
    assert shares.asked == []


def test_chunked_bodies_are_refused(client, dav_kit):
    for method, status in (("PUT", b"405"), ("PROPFIND", b"411")):
        answer = client.raw(
            f"{method} /dav/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".encode()
        )

        assert answer.split(b" ", 2)[1] == status
        assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("target", ["*", "/", "/dav", "/dav/", "/dav/Mail/a.eml", "/dav/nothing", "/elsewhere/deep"])
def test_options_needs_no_credentials_and_tells_nothing(client, shares, target):
    answer = client.ask("OPTIONS", target, user=None)

    assert (answer.status, answer.body) == (200, b"")
    assert (answer.headers["dav"], answer.headers["ms-author-via"]) == ("1", "DAV")
    assert answer.headers["allow"] == "OPTIONS, GET, HEAD, PROPFIND"
    assert shares.asked == []


def test_outside_the_share_there_is_little(client, shares):
    root = client.ask("GET", "/", user=None)
    style = client.ask("GET", "/share.css", user=None)

    assert (root.status, root.headers["location"]) == (302, "/dav/")
    assert (style.status, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert client.ask("GET", "/.metadata_never_index", user=None).body == b""
    assert client.ask("GET", "/favicon.ico", user=None).status == 404
    assert client.ask("PROPFIND", "/elsewhere/", user=None).status == 404
    assert client.ask("PROPFIND", "/", user=None).status == 401
    assert shares.asked == []


@pytest.mark.parametrize("target", ["/%ff", "/dav/%zz", "/dav/..", "/dav/%2e%2e/x", "/dav/a%2fb", "/dav/%00"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PROPFIND", "OPTIONS", "PUT"])
def test_unreadable_address_is_a_400(client, method, target):
    answer = client.ask(method, target)

    assert answer.status == 400
    assert leaks(answer) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["%2e", "..", ".", "%2F", "%5c", "\\", "%00", "%c0%ae", "a", "/", "%25", "%252e", "~", "Mail"]),
        max_size=9,
    )
)
def test_traversal_never_gets_a_file_or_an_error(client, pieces):
    answer = client.ask("GET", "/dav/" + "".join(pieces))

    assert answer.status in {200, 400, 404}
    if answer.status == 200:
        assert answer.headers["content-type"].startswith("text/html")


def test_body_beyond_the_limit_is_a_413(client):
    answer = client.ask("PROPFIND", "/dav/", body=b"x" * 70_000)

    assert (answer.status, answer.headers["connection"]) == (413, "close")


def call(app, *, peer, scheme="http", **headers):
    """Call the application without a server: loopback is all a test may listen on."""
    answer = {}
    environ = {
        "REQUEST_METHOD": "GET",
        "REQUEST_URI": "/dav/Mail/a.eml",
        "wsgi.url_scheme": scheme,
        "REMOTE_ADDR": peer,
        "wsgi.input": BytesIO(),
        "SCRIPT_NAME": "",
        "PATH_INFO": "/dav/Mail/a.eml",
        **headers,
    }
    body = app(environ, lambda status, headers, _exc_info=None: answer.update(status=status, headers=dict(headers)))
    return b"".join(body), answer


def test_open_connection_from_elsewhere_is_refused_before_the_secret_is_looked_at(shares, dav_kit):
    app = build_app(directory=shares, settings=DavSettings(), clock=shares.clock)
    authorization = dav_kit.basic(dav_kit.USER, dav_kit.SECRET)

    body, answer = call(app, peer="203.0.113.9", HTTP_AUTHORIZATION=authorization)
    secure_body, secure = call(app, peer="203.0.113.9", scheme="https", HTTP_AUTHORIZATION=authorization)

    assert answer["status"] == "403 Forbidden"
    assert "WWW-Authenticate" not in answer["headers"]
    assert not any(canary in body for canary in CANARIES)
    assert (secure["status"], secure_body) == ("200 OK", b"0123456789" * 10)
    assert shares.asked == [(dav_kit.USER, dav_kit.SECRET, "203.0.113.9")]


def test_secret_is_in_no_log(client, dav_kit, caplog, capfd):
    caplog.set_level(logging.DEBUG)

    client.ask("GET", "/dav/Mail/a.eml")
    client.ask("GET", "/dav/nothing", secret="wrong-canary")
    client.ask("PUT", "/dav/x", body=b"y")
    client.raw(b"GET /dav/ HTTP/1.1\r\nHost : h\r\nAuthorization: Basic canary-raw\r\n\r\n")

    out, err = capfd.readouterr()
    logged = caplog.text + out + err
    encoded = dav_kit.basic(dav_kit.USER, dav_kit.SECRET).removeprefix("Basic ")
    assert not re.search(f"canary|{re.escape(encoded)}", logged)


def test_broken_tree_is_a_500_that_names_nothing(client, shares, caplog):
    shares.tree.lookup = lambda _path: 1 / 0

    answer = client.ask("GET", "/dav/Mail/a.eml")

    assert (answer.status, leaks(answer)) == (500, [])
    assert "ZeroDivisionError" in caplog.text
