"""PROPFIND over a real socket: what clients ask, and what would hurt."""

import hashlib
import re
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

D = "{DAV:}"
A_DIGEST = hashlib.sha256(b"0123456789" * 10).hexdigest()
FILE_PROPERTIES = {
    "resourcetype",
    "displayname",
    "getcontentlength",
    "getcontenttype",
    "getetag",
    "getlastmodified",
    "creationdate",
}
FOLDER_PROPERTIES = {"resourcetype", "displayname", "getlastmodified", "creationdate"}


def responses(answer):
    """Return href → {status: {property: element}}."""
    assert answer.status == 207, answer.body
    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    return {
        response.findtext(f"{D}href"): {
            propstat.findtext(f"{D}status"): {child.tag: child for child in propstat.find(f"{D}prop")}
            for propstat in response.findall(f"{D}propstat")
        }
        for response in ET.fromstring(answer.body)
    }


def ask(client, target="/dav/Mail/a.eml", body=None, **headers):
    return client.ask("PROPFIND", target, body=body, headers={"Depth": "0", **headers})


def propfind(inner):
    return f'<?xml version="1.0"?><propfind xmlns="DAV:" xmlns:x="urn:x">{inner}</propfind>'.encode()


@pytest.mark.parametrize("body", [None, b"", b" \r\n", propfind("<allprop/>"), propfind("<x:hint/><allprop/>")])
def test_allprop_of_a_file(client, body):
    found = responses(ask(client, body=body))["/dav/Mail/a.eml"]

    assert set(found) == {"HTTP/1.1 200 OK"}
    properties = {tag.removeprefix(D): element for tag, element in found["HTTP/1.1 200 OK"].items()}
    assert set(properties) == FILE_PROPERTIES
    assert {name: element.text for name, element in properties.items()} == {
        "resourcetype": None,
        "displayname": "a.eml",
        "getcontentlength": "100",
        "getcontenttype": "message/rfc822",
        "getetag": f'"{A_DIGEST}"',
        "getlastmodified": "Sun, 01 Mar 2026 10:20:30 GMT",
        "creationdate": "2026-02-01T00:00:00Z",
    }


def test_allprop_of_a_folder_has_no_quota(client):
    found = responses(ask(client, "/dav/Mail"))["/dav/Mail/"]

    assert set(found) == {"HTTP/1.1 200 OK"}
    assert {tag.removeprefix(D) for tag in found["HTTP/1.1 200 OK"]} == FOLDER_PROPERTIES
    assert found["HTTP/1.1 200 OK"][f"{D}resourcetype"].find(f"{D}collection") is not None


def test_listing_has_absolute_encoded_paths_that_lead_to_what_is_listed(client):
    answer = ask(client, "/dav/Mail/", Depth="1")

    hrefs = list(responses(answer))
    assert hrefs[0] == "/dav/Mail/"
    assert [unquote(href) for href in hrefs[1:]] == [
        "/dav/Mail/Grüße # ? % & < ( ) [ ] ' \" 🎉.eml",
        "/dav/Mail/a.eml",
        "/dav/Mail/empty.eml",
    ]
    assert all(re.fullmatch(r"(/[A-Za-z0-9._~%-]*)+", href) for href in hrefs)
    assert [client.ask("GET", href).status for href in hrefs] == [200] * 4
    assert (answer.headers["dav"], answer.headers["ms-author-via"]) == ("1", "DAV")


@pytest.mark.parametrize("headers", [{}, {"Depth": "1"}])
def test_missing_depth_is_one(client, headers):
    answer = client.ask("PROPFIND", "/dav/", headers=headers)

    assert list(responses(answer)) == ["/dav/", "/dav/READ%20ME%20FIRST.html", "/dav/Mail/", "/dav/Device/"]


def test_depth_one_of_a_file_is_the_file(client):
    assert list(responses(ask(client, Depth="1"))) == ["/dav/Mail/a.eml"]


def test_depth_infinity_is_refused_as_the_standard_says(client):
    answer = ask(client, "/dav/", Depth="Infinity")

    assert answer.status == 403
    assert ET.fromstring(answer.body).find(f"{D}propfind-finite-depth") is not None
    assert b"Mail" not in answer.body


@pytest.mark.parametrize("depth", ["2", "", "1,noroot", "-1"])
def test_other_depths_are_refused(client, depth):
    assert ask(client, Depth=depth).status == 400


def test_root_above_holds_only_the_share(client):
    answer = client.ask("PROPFIND", "/", headers={"Depth": "1"})

    assert list(responses(answer)) == ["/", "/dav/"]
    assert list(responses(ask(client, "/"))) == ["/"]
    assert responses(answer)["/dav/"]["HTTP/1.1 200 OK"][f"{D}displayname"].text == "dav"


@pytest.mark.parametrize("target", ["/", "/dav/"])
def test_share_without_a_root_is_missing(client, shares, target):
    shares.tree.nodes.clear()

    assert ask(client, target).status == 404


def test_missing_is_404_and_names_nothing(client):
    answer = ask(client, "/dav/Mail/nothing")

    assert answer.status == 404
    assert b"Mail" not in answer.body


def test_propname_gives_names_without_values(client):
    found = responses(ask(client, "/dav/Mail/", body=propfind("<propname/>"), Depth="1"))

    file = found["/dav/Mail/a.eml"]["HTTP/1.1 200 OK"]
    assert {tag.removeprefix(D) for tag in file} == FILE_PROPERTIES
    assert all(element.text is None and len(element) == 0 for element in file.values())
    assert {tag.removeprefix(D) for tag in found["/dav/Mail/"]["HTTP/1.1 200 OK"]} == FOLDER_PROPERTIES


def test_prop_separates_what_is_there_from_what_is_not_and_keeps_namespaces(client):
    body = propfind(
        '<prop><getetag/><quota-used-bytes/><quota-available-bytes/><getetag/><SAR:attribute xmlns:SAR="SAR:"/>'
        '<y:a xmlns:y="urn:&quot;&lt;&amp;"/><plain xmlns=""/><getcontentlength xmlns="urn:other"/></prop>'
    )

    found = responses(ask(client, body=body))["/dav/Mail/a.eml"]

    assert list(found) == ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"]
    assert [element.text for element in found["HTTP/1.1 200 OK"].values()] == [f'"{A_DIGEST}"']
    assert list(found["HTTP/1.1 404 Not Found"]) == [
        f"{D}quota-used-bytes",
        f"{D}quota-available-bytes",
        "{SAR:}attribute",
        '{urn:"<&}a',
        "plain",
        "{urn:other}getcontentlength",
    ]


def test_prop_of_a_folder_lacks_what_only_files_have(client):
    found = responses(ask(client, "/dav/Mail/", body=propfind("<prop><getcontentlength/></prop>")))["/dav/Mail/"]

    assert {status: list(properties) for status, properties in found.items()} == {
        "HTTP/1.1 404 Not Found": [f"{D}getcontentlength"]
    }


def test_empty_prop_gets_an_empty_propstat(client):
    assert responses(ask(client, body=propfind("<prop/>")))["/dav/Mail/a.eml"] == {"HTTP/1.1 200 OK": {}}


def test_include_adds_to_allprop(client):
    body = propfind("<allprop/><include><x:more/><supportedlock/><displayname/></include>")

    found = responses(ask(client, body=body))["/dav/Mail/a.eml"]

    assert len(found["HTTP/1.1 200 OK"]) == len(FILE_PROPERTIES)
    assert list(found["HTTP/1.1 404 Not Found"]) == ["{urn:x}more", f"{D}supportedlock"]


def test_etag_as_property_works_as_a_condition(client):
    etag = responses(ask(client))["/dav/Mail/a.eml"]["HTTP/1.1 200 OK"][f"{D}getetag"].text

    assert client.ask("GET", "/dav/Mail/a.eml", headers={"If-None-Match": etag}).status == 304


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><propfind xmlns="DAV:"><prop><a>&b;</a></prop></propfind>'


@pytest.mark.parametrize(
    "body",
    [
        b"<",
        b"no xml",
        b"\xff\xfe",
        b"<propfind/>",
        propfind(""),
        propfind("<allprop/><prop/>"),
        propfind("<allprop/><allprop/>"),
        b'<prop xmlns="DAV:"><allprop/></prop>',
        b'<!DOCTYPE propfind><propfind xmlns="DAV:"><allprop/></propfind>',
        BOMB,
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><propfind xmlns="DAV:"><prop><a>&f;</a></prop></propfind>',
        b'<?xml version="1.0" encoding="nobody-knows"?><propfind xmlns="DAV:"><allprop/></propfind>',
        propfind("<prop>" + "".join(f"<p{n}/>" for n in range(101)) + "</prop>"),
        propfind("<prop><" + "n" * 5000 + "/></prop>"),
        propfind(
            "<allprop/><include>"
            + "".join(f"<p{n}/>" for n in range(60))
            + "</include><include>"
            + "".join(f"<q{n}/>" for n in range(60))
            + "</include>"
        ),
    ],
)
def test_body_that_is_none_or_a_bomb_is_a_400(client, body):
    answer = ask(client, body=body)

    assert answer.status == 400
    assert len(answer.body) < 2000
    assert b"root:" not in answer.body


def test_deeply_nested_body_is_answered(client):
    assert ask(client, body=propfind("<prop><a>" + "<b>" * 8000 + "</b>" * 8000 + "</a></prop>")).status == 207


def test_names_that_xml_cannot_hold_are_shown_otherwise(client, shares, dav_kit):
    shares.tree = dav_kit.MemoryTree({"a\x01b<&>": b"x"})

    answer = ask(client, "/dav/", Depth="1")

    href, found = list(responses(answer).items())[1]
    assert (href, found["HTTP/1.1 200 OK"][f"{D}displayname"].text) == ("/dav/a%01b%3C%26%3E", "a\ufffdb<&>")
    assert client.ask("GET", href).body == b"x"


def test_big_folder_is_listed_in_full_and_under_a_megabyte_per_thousand(client, shares, dav_kit):
    shares.tree = dav_kit.MemoryTree({f"{number:05} message about a contract.eml": b"x" for number in range(1000)})

    answer = ask(client, "/dav/", Depth="1")

    assert len(responses(answer)) == 1001
    assert len(answer.body) < 900_000  # Windows shows a folder of more than 1,000,000 bytes as empty
