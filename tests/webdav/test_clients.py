"""What known clients send, replayed, and one real client."""

import re

import pytest
from webdav4.client import Client as Webdav4
from webdav4.client import HTTPError, ResourceAlreadyExists

WINDOWS = {"User-Agent": "Microsoft-WebDAV-MiniRedir/10.0.19045", "Translate": "f"}
FINDER = {"User-Agent": "WebDAVFS/3.0.0 (03008000) Darwin/22.6.0 (x86_64)"}
FINDER_ASKS = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<D:propfind xmlns:D="DAV:"><D:prop><D:getlastmodified/>'
    b"<D:getcontentlength/><D:creationdate/><D:resourcetype/></D:prop></D:propfind>"
)
FINDER_QUOTA = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<D:propfind xmlns:D="DAV:"><D:prop><D:quota-available-bytes/>'
    b"<D:quota-used-bytes/><D:quota/><D:quotaused/></D:prop></D:propfind>"
)


def test_windows_mounts_and_reads(client, dav_kit):
    steps = [
        (client.ask("OPTIONS", "/", headers=WINDOWS, user=None), 200),
        (client.ask("OPTIONS", "/dav", headers=WINDOWS, user=None), 200),
        (client.ask("PROPFIND", "/dav", headers={**WINDOWS, "Depth": "0", "Content-Length": "0"}, user=None), 401),
        (client.ask("PROPFIND", "/dav", headers={**WINDOWS, "Depth": "0", "Content-Length": "0"}), 207),
        (client.ask("PROPFIND", "/dav", headers={**WINDOWS, "Depth": "1", "Content-Length": "0"}), 207),
        (client.ask("PROPFIND", "/dav/desktop.ini", headers={**WINDOWS, "Depth": "0"}), 404),
        (client.ask("PROPFIND", "/dav/Mail", headers={**WINDOWS, "Depth": "1"}), 207),
        (client.ask("GET", "/dav/Mail/a.eml", headers=WINDOWS), 200),
        (client.ask("LOCK", "/dav/Mail/a.eml", headers=WINDOWS, body=b"<lockinfo/>"), 405),
        (client.ask("PROPPATCH", "/dav/Mail/a.eml", headers=WINDOWS, body=b"<propertyupdate/>"), 405),
    ]

    assert [answer.status for answer, _ in steps] == [status for _, status in steps]
    assert [answer.headers.get("ms-author-via") for answer, _ in steps[:2]] == ["DAV", "DAV"]
    assert steps[2][0].headers["www-authenticate"].startswith("Basic ")
    assert "location" not in steps[3][0].headers
    assert b"<D:href>/dav/</D:href>" in steps[3][0].body
    assert steps[7][0].body == b"0123456789" * 10


def test_finder_mounts_reads_and_leaves_its_traces_out(client, shares, dav_kit):
    steps = [
        (client.ask("OPTIONS", "/dav/", headers=FINDER, user=None), 200),
        (client.ask("PROPFIND", "/dav/", headers={**FINDER, "Depth": "0"}, body=FINDER_ASKS), 207),
        (client.ask("PROPFIND", "/dav/", headers={**FINDER, "Depth": "0"}, body=FINDER_QUOTA), 207),
        (client.ask("PROPFIND", "/dav/", headers={**FINDER, "Depth": "1"}, body=FINDER_ASKS), 207),
        *(
            (client.ask("PROPFIND", f"/dav/{name}", headers={**FINDER, "Depth": "0"}, body=FINDER_ASKS), 404)
            for name in (
                "._.",
                ".hidden",
                ".DS_Store",
                ".Spotlight-V100",
                ".ql_disablethumbnails",
                "mach_kernel",
                "DCIM",
            )
        ),
        (client.ask("GET", "/dav/.metadata_never_index", headers=FINDER), 200),
        (client.ask("PUT", "/dav/._a.eml", headers=FINDER, body=b"x" * 4096), 405),
        (client.ask("GET", "/dav/Mail/a.eml", headers={**FINDER, "Range": "bytes=0-99"}), 206),
    ]

    assert [answer.status for answer, _ in steps] == [status for _, status in steps]
    assert steps[0][0].headers["dav"] == "1"  # class 1: Finder mounts read-only
    assert re.findall(rb"HTTP/1.1 (\d+)", steps[2][0].body) == [b"404"]
    assert b"D:location" not in b"".join(answer.body for answer, _ in steps)
    assert [read["path"] for read in shares.reads] == [("Mail", "a.eml")]


def test_webdav4_lists_and_reads_and_cannot_write(client, dav_kit, tmp_path):
    dav = Webdav4(f"http://127.0.0.1:{client.port}/dav/", auth=(dav_kit.USER, dav_kit.SECRET))
    target = tmp_path / "big.bin"

    assert sorted(dav.ls("Mail", detail=False)) == [
        "Mail/Grüße # ? % & < ( ) [ ] ' \" 🎉.eml",
        "Mail/a.eml",
        "Mail/empty.eml",
    ]
    assert (dav.exists("Mail/a.eml"), dav.exists("Mail/none"), dav.isdir("Device")) == (True, False, True)
    assert dav.content_length("Device/big.bin") == len(dav_kit.BIG)
    dav.download_file("Device/big.bin", target)
    assert target.read_bytes() == dav_kit.BIG
    with dav.open("Mail/a.eml", mode="rb") as stream:  # names with a quote are beyond it
        assert stream.read() == b"0123456789" * 10
    for write in (lambda: dav.mkdir("new"), lambda: dav.remove("Mail/a.eml"), lambda: dav.move("Mail/a.eml", "b.eml")):
        with pytest.raises((HTTPError, ResourceAlreadyExists)):  # what it takes any 405 of MKCOL for
            write()
    dav.http.close()
