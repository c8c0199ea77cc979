"""GET and HEAD over a real socket: files, ranges, conditions, pages, the ZIP."""

import base64
import email
import hashlib
import html.parser
import re

import pytest

A = b"0123456789" * 10
A_TAG = f'"{hashlib.sha256(A).hexdigest()}"'
NEWER, OLDER = "Sun, 01 Mar 2026 10:20:31 GMT", "Sun, 01 Mar 2026 10:20:29 GMT"


def test_file_headers(client):
    answer = client.ask("GET", "/dav/Mail/a.eml")

    answer.headers.pop("date")
    assert answer.headers == {
        "content-type": "message/rfc822",
        "content-length": "100",
        "etag": A_TAG,
        "last-modified": "Sun, 01 Mar 2026 10:20:30 GMT",
        "accept-ranges": "bytes",
        "content-disposition": "attachment; filename=\"a.eml\"; filename*=UTF-8''a.eml",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, no-store",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "repr-digest": "sha-256=:" + base64.b64encode(hashlib.sha256(A).digest()).decode() + ":",
        "server": "Legalhold",
    }
    assert answer.body == A


@pytest.mark.parametrize(
    "target", ["/dav/Mail/a.eml", "/dav/Mail/empty.eml", "/dav/", "/dav/Mail", "/dav/?zip", "/dav/nothing"]
)
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-1"}])
def test_head_is_get_without_body_and_without_a_record(client, shares, dav_kit, target, headers):
    head = client.ask("HEAD", target, headers=headers)
    reads = len(shares.reads)
    get = client.ask("GET", target)

    for answer in (head, get):
        answer.headers.pop("date")
    assert (head.status, head.headers, head.body, reads) == (get.status, get.headers, b"", 0)


def test_odd_names_are_found_as_listed_and_in_nfd(client):
    odd = "/dav/Mail/Gru%CC%88%C3%9Fe%20%23%20%3F%20%25%20%26%20%3C%20%28%20%29%20%5B%20%5D%20%27%20%22%20%F0%9F%8E%89.eml"

    answer = client.ask("GET", odd)

    assert (answer.status, answer.body) == (200, b"Subject: umlauts\r\n\r\nbody\r\n")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="Gr__e # ? _ & < ( ) [ ] \' _ _.eml"; '
        "filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%23%20%3F%20%25%20%26%20%3C%20%28%20%29%20%5B%20%5D%20%27%20%22%20%F0%9F%8E%89.eml"
    )


def test_evidence_is_served_under_names_that_clients_probe_for(client):
    assert client.ask("GET", "/dav/Device/.DS_Store").body == b"held evidence"


@pytest.mark.parametrize(
    "name", ["desktop.ini", "Thumbs.db", "._a.eml", ".DS_Store", ".hidden", ".Spotlight-V100", "mach_kernel"]
)
def test_probes_find_nothing(client, shares, name):
    for folder in ("/dav/", "/dav/Mail/"):
        assert [client.ask(method, folder + name).status for method in ("GET", "HEAD", "PROPFIND")] == [404, 404, 404]
    assert shares.reads == []


def test_spotlight_is_kept_out(client):
    answer = client.ask("GET", "/dav/.metadata_never_index")

    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=95-", 95, 100), ("bytes=-1", 99, 100), ("bytes=0-0,200-", 0, 1)],
)
def test_one_range(client, shares, dav_kit, header, start, stop):
    answer = client.ask("GET", "/dav/Mail/a.eml", headers={"Range": header})

    assert (answer.status, answer.body) == (206, A[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/100"
    assert answer.headers["content-length"] == str(stop - start)
    assert dav_kit.wait_for(
        lambda: [(r["start"], r["stop"], r["sent"]) for r in shares.reads] == [(start, stop, stop - start)]
    )


def test_range_of_a_big_file_across_blocks(client, dav_kit):
    answer = client.ask("GET", "/dav/Device/big.bin", headers={"Range": "bytes=100000-2000000"})

    assert (answer.status, answer.body) == (206, dav_kit.BIG[100000:2000001])


def test_several_ranges_are_a_multipart_and_each_is_recorded(client, shares, dav_kit):
    shares.tree = dav_kit.MemoryTree({"digits": A})

    answer = client.ask("GET", "/dav/digits", headers={"Range": "bytes=0-1,10-14,-2"})

    message = email.message_from_bytes(f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode() + answer.body)
    parts = [(part["content-range"], part["content-type"], part.get_payload()) for part in message.get_payload()]
    assert answer.status == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert [(at, payload) for at, _, payload in parts] == [
        ("bytes 0-1/100", "01"),
        ("bytes 10-14/100", "01234"),
        ("bytes 98-99/100", "89"),
    ]
    assert len(answer.body) == int(answer.headers["content-length"])
    assert dav_kit.wait_for(
        lambda: [(r["start"], r["stop"], r["sent"]) for r in shares.reads] == [(0, 2, 2), (10, 15, 5), (98, 100, 2)]
    )


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_range_beyond_the_end(client, shares, header):
    answer = client.ask("GET", "/dav/Mail/a.eml", headers={"Range": header})

    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */100")
    assert shares.reads == []


@pytest.mark.parametrize("header", ["items=0-1", "bytes=x", "bytes=" + ",".join(["0-0"] * 17), "bytes=0-99,0-99"])
def test_range_that_is_ignored_sends_the_whole(client, header):
    answer = client.ask("GET", "/dav/Mail/a.eml", headers={"Range": header})

    assert (answer.status, answer.body) == (200, A)


@pytest.mark.parametrize(
    ("if_range", "status"),
    [(A_TAG, 206), ('"other"', 200), ("W/" + A_TAG, 200), ("Sun, 01 Mar 2026 10:20:30 GMT", 200)],
)
def test_if_range(client, if_range, status):
    answer = client.ask("GET", "/dav/Mail/a.eml", headers={"Range": "bytes=0-1", "If-Range": if_range})

    assert (answer.status, answer.body) == (status, A[:2] if status == 206 else A)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": A_TAG}, 304),
        ({"If-Modified-Since": NEWER}, 304),
        ({"If-Modified-Since": OLDER}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"If-Unmodified-Since": OLDER}, 412),
        ({"If-Match": A_TAG}, 200),
    ],
)
def test_conditions(client, shares, headers, status):
    answer = client.ask("GET", "/dav/Mail/a.eml", headers=headers)

    assert answer.status == status
    assert answer.body == A if status == 200 else b"0123456789" not in answer.body
    assert answer.headers.get("etag") == (None if status == 412 else A_TAG)
    assert len(shares.reads) == (1 if status == 200 else 0)


def test_connection_is_kept_after_every_kind_of_answer(client, dav_kit):
    authorization = f"Host: h\r\nAuthorization: {dav_kit.basic(dav_kit.USER, dav_kit.SECRET)}\r\n"
    requests = [
        f"GET /dav/Mail/a.eml HTTP/1.1\r\n{authorization}\r\n",
        f"GET /dav/Mail/a.eml HTTP/1.1\r\n{authorization}If-None-Match: {A_TAG}\r\n\r\n",
        f"HEAD /dav/Mail/a.eml HTTP/1.1\r\n{authorization}\r\n",
        f"GET /dav/Mail/empty.eml HTTP/1.1\r\n{authorization}\r\n",
        f"GET /dav/Mail/a.eml HTTP/1.1\r\n{authorization}Range: bytes=200-\r\n\r\n",
        f"PROPFIND /dav/ HTTP/1.1\r\n{authorization}Content-Length: 0\r\n\r\n",
        "PROPFIND /dav/ HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n<pf/>",
        f"GET /dav/Mail/a.eml HTTP/1.1\r\n{authorization}Connection: close\r\n\r\n",
    ]

    answers = client.raw("".join(requests).encode())

    assert re.findall(rb"HTTP/1\.1 (\d+) [A-Za-z -]+\r\n", answers) == [
        b"200",
        b"304",
        b"200",
        b"200",
        b"416",
        b"207",
        b"401",
        b"200",
    ]


class Page(html.parser.HTMLParser):
    def __init__(self, body):
        super().__init__()
        self.hrefs, self.tags, self.text = [], [], []
        self.feed(body.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.hrefs.append(dict(attrs)["href"])

    def handle_data(self, data):
        self.text.append(data)


def test_folder_page_of_the_root(client):
    answer = client.ask("GET", "/dav")

    page = Page(answer.body)
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert page.hrefs == ["/dav/?zip", "/dav/READ%20ME%20FIRST.html", "/dav/Mail/", "/dav/Device/"]
    assert "Müller <v> Meyer" in page.text
    assert "Ends on 1 July 2026" in page.text
    assert "Download all (ZIP)" in page.text
    assert "3 items" in page.text
    assert not [tag for tag, attrs in page.tags if tag in {"script", "style"} or "style" in attrs]


def test_folder_page_below_has_a_trail_and_every_link_works(client):
    answer = client.ask("GET", "/dav/Mail/")

    page = Page(answer.body)
    assert page.hrefs[0] == "/dav/"
    assert b"zip" not in answer.body
    assert len(page.hrefs) == 4
    assert [client.ask("GET", href).status for href in page.hrefs] == [200] * 4
    assert "Grüße # ? % & < ( ) [ ] ' \" 🎉.eml" in page.text
    assert "100 B" in page.text


def test_folder_page_counts_one_item_and_none(client, shares, dav_kit):
    shares.tree = dav_kit.MemoryTree({"one/file": b"x"}, folders=["none"])

    assert "1 item" in Page(client.ask("GET", "/dav/one/").body).text
    assert "0 items" in Page(client.ask("GET", "/dav/none/").body).text


def test_names_cannot_inject_markup(client, shares, dav_kit):
    shares.tree = dav_kit.MemoryTree({"<img src=x onerror=alert(1)>/<script>alert(1)<\u2215script>.eml": b"x"})

    root, below = client.ask("GET", "/dav/"), client.ask("GET", "/dav/%3Cimg%20src=x%20onerror=alert(1)%3E/")

    assert not [tag for tag, _ in Page(root.body).tags + Page(below.body).tags if tag in {"img", "script"}]
    assert below.status == 200


def test_media_type_cannot_inject_headers(client, shares, dav_kit):
    node = shares.tree.nodes[("Mail", "a.eml")]
    object.__setattr__(node, "media_type", "text/html\r\nSet-Cookie: x=1")

    answer = client.ask("GET", "/dav/Mail/a.eml")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert "set-cookie" not in answer.headers


def test_zip_is_sent_whole_and_in_ranges(client, shares, dav_kit):
    data = dav_kit.MemoryZip.data

    whole = client.ask("GET", "/dav/?zip")
    rest = client.ask("GET", "/dav/?zip", headers={"Range": "bytes=1000-", "If-Range": whole.headers["etag"]})

    assert (whole.status, whole.body, whole.headers["content-type"]) == (200, data, "application/zip")
    assert (
        whole.headers["content-disposition"] == "attachment; filename=\"M_ller.zip\"; filename*=UTF-8''M%C3%BCller.zip"
    )
    assert "repr-digest" not in whole.headers
    assert (rest.status, rest.body) == (206, data[1000:])
    assert dav_kit.wait_for(
        lambda: (
            [(r["path"], r["digest"], r["sent"]) for r in shares.reads]
            == [((), "zip-of-share-1", len(data)), ((), "zip-of-share-1", len(data) - 1000)]
        )
    )


def test_content_that_comes_short_ends_the_connection(client, shares, dav_kit, caplog):
    shares.tree.data[("Mail", "a.eml")] = b"short"

    answer = client.raw(
        f"GET /dav/Mail/a.eml HTTP/1.1\r\nHost: h\r\nAuthorization: {dav_kit.basic(dav_kit.USER, dav_kit.SECRET)}\r\n\r\n".encode()
    )

    assert answer.endswith(b"\r\n\r\nshort")
    assert dav_kit.wait_for(lambda: shares.reads[0]["sent"] == 5)
    assert "ContentShort" in caplog.text
