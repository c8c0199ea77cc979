from io import BytesIO

import pytest

from webdav.http.request import RequestUnreadable, has_body, read_request
from webdav.settings import DavSettings


def environ(**more):
    return {
        "REQUEST_METHOD": "PROPFIND",
        "REQUEST_URI": "/dav/a%252fb?x",
        "PATH_INFO": "/dav/a%2fb",
        "wsgi.url_scheme": "https",
        "REMOTE_ADDR": "203.0.113.9",
        "wsgi.input": BytesIO(b"body of ten"),
        **more,
    }


def test_request_is_read_from_its_raw_target():
    request = read_request(environ(CONTENT_LENGTH="4", HTTP_DEPTH="1"), settings=DavSettings())

    assert (request.method, request.path, request.query, request.body) == ("PROPFIND", ("dav", "a%2fb"), "x", b"body")
    assert request.headers == {"depth": "1", "content-length": "4"}
    assert (request.client, request.is_secure) == ("203.0.113.9", True)


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [("/dav/\xc3\xbc b", "zip", (("dav", "ü b"), "zip")), ("*", "", ((), "")), ("", "", None)],
)
def test_request_is_read_from_path_info_where_the_server_keeps_no_target(path, query, expected):
    given = environ(PATH_INFO=path, QUERY_STRING=query)
    del given["REQUEST_URI"]

    if expected is None:
        with pytest.raises(RequestUnreadable):
            read_request(given, settings=DavSettings())
    else:
        request = read_request(given, settings=DavSettings())
        assert (request.path, request.query) == expected


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ({"CONTENT_LENGTH": "x"}, 400),
        ({"CONTENT_LENGTH": "-1"}, 400),
        ({"CONTENT_LENGTH": "²"}, 400),
        ({"CONTENT_LENGTH": "12"}, 400),
        ({"CONTENT_LENGTH": "65537"}, 413),
        ({"CONTENT_LENGTH": "9" * 5000}, 413),
        ({"REQUEST_URI": "/%ff"}, 400),
    ],
)
def test_request_that_cannot_be_read_is_refused(more, status):
    with pytest.raises(RequestUnreadable) as refused:
        read_request(environ(**more), settings=DavSettings())

    assert refused.value.status == status


def test_body_of_a_refused_method_is_left():
    given = environ(REQUEST_METHOD="PUT", CONTENT_LENGTH="9999999")

    assert read_request(given, settings=DavSettings()).body == b""
    assert given["wsgi.input"].tell() == 0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"content-length": "0"}, False),
        ({"content-length": "1"}, True),
        ({"transfer-encoding": "chunked"}, True),
    ],
)
def test_has_body(headers, expected):
    assert has_body(headers) is expected
