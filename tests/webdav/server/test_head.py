import pytest
from hypothesis import given
from hypothesis import strategies as st

from webdav.server.head import HeadRefused, has_bare_line_feed, read_head

HOST = b"\r\nHost: h"


def test_head_is_read():
    head = read_head(
        b"PROPFIND /dav/?x HTTP/1.1\r\nhost:  h \t\r\nAccept: a\r\naccept: b\r\nContent-Length: 07\r\nX_Forwarded_For: spoof"
    )

    assert (head.method, head.target, head.minor, head.body_bytes, head.is_chunked) == (
        b"PROPFIND",
        b"/dav/?x",
        1,
        7,
        False,
    )
    assert head.fields == {b"Host": b"h", b"Accept": b"a, b", b"Content-Length": b"07"}


@pytest.mark.parametrize(
    ("target", "expected"), [(b"*", b"*"), (b"http://h/dav/a", b"/dav/a"), (b"HTTPS://h:1", b"/"), (b"//[x", b"//[x")]
)
def test_target_is_read(target, expected):
    assert read_head(b"GET " + target + b" HTTP/1.1" + HOST).target == expected


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", "400"),
        (b"GET /", "400"),
        (b"GET  / HTTP/1.1" + HOST, "400"),
        (b"GET /\tx HTTP/1.1" + HOST, "400"),
        (b"GET /a b HTTP/1.1" + HOST, "400"),
        (b"GET /\xff HTTP/1.1" + HOST, "400"),
        (b"G\x00T / HTTP/1.1" + HOST, "400"),
        (b"GET / HTTP/2.0" + HOST, "505"),
        (b"GET / HTTP/1.2" + HOST, "505"),
        (b"PRI * HTTP/2", "505"),
        (b"GET / HTTP/11" + HOST, "400"),
        (b"GET relative HTTP/1.1" + HOST, "400"),
        (b"CONNECT h:1 HTTP/1.1" + HOST, "400"),
        (b"GET /#f HTTP/1.1" + HOST, "400"),
        (b"GET / HTTP/1.1", "400"),
        (b"GET / HTTP/1.1\r\nHost:", "400"),
        (b"GET / HTTP/1.1" + HOST + HOST, "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\n folded", "400"),
        (b"GET / HTTP/1.1\r\n Host: h", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nContent-Length : 3", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nno colon", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\n: v", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nA: b\rc", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nA: b\nc: d", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nA: \x00", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nContent-Length: 5\r\nContent-Length: 0", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nContent-Length: 5\r\nContent-Length: 5", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nContent-Length: 5, 5", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nContent-Length: +5", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nContent-Length:", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nContent-Length: " + b"9" * 19, "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", "400"),
        (b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nTransfer-Encoding: gzip, chunked", "501"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nTransfer-Encoding: \x0bchunked", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nAuthorization: a\r\nauthorization: b", "400"),
        (b"GET / HTTP/1.1" + HOST + b"\r\nA: b" * 100, "431"),
    ],
)
def test_head_that_can_be_read_in_two_ways_is_refused(raw, status):
    with pytest.raises(HeadRefused) as refused:
        read_head(raw)

    assert refused.value.status[:3] == status


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"GET / HTTP/1.1" + HOST, False),
        (b"GET / HTTP/1.1" + HOST + b"\r\nConnection: TE, Close", True),
        (b"GET / HTTP/1.0", True),
        (b"GET / HTTP/1.0\r\nConnection: Keep-Alive", False),
    ],
)
def test_last_request_is_known(line, expected):
    assert read_head(line).is_last is expected


def test_continue_is_expected_only_of_http_1_1():
    assert read_head(b"GET / HTTP/1.1" + HOST + b"\r\nExpect: 100-Continue").expects_continue
    assert not read_head(b"GET / HTTP/1.0\r\nExpect: 100-continue").expects_continue
    assert not read_head(b"GET / HTTP/1.1" + HOST).expects_continue


def test_chunked_is_noted():
    assert read_head(b"PUT / HTTP/1.1" + HOST + b"\r\nTransfer-Encoding: Chunked").is_chunked


def test_bare_line_feed_is_seen():
    assert has_bare_line_feed(b"GET / HTTP/1.1\nHost: h\n\n")
    assert has_bare_line_feed(b"\n")
    assert not has_bare_line_feed(b"GET / HTTP/1.1\r\nHost: h\r")


@given(st.binary(max_size=120), st.binary(max_size=60))
def test_any_bytes_are_a_head_or_refused(first, rest):
    for raw in (first, b"GET / HTTP/1.1\r\nHost: h\r\n" + rest):
        try:
            head = read_head(raw)
        except HeadRefused:
            continue
        assert head.target.startswith((b"/", b"*"))
        assert not any(b"\r" in value or b"\n" in value for value in head.fields.values())
