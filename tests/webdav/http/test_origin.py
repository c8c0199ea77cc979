from ipaddress import ip_network

import pytest

from webdav.http.origin import Origin, read_origin

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "scheme", "headers", "expected"),
    [
        ("203.0.113.9", "https", {}, ("203.0.113.9", True)),
        ("203.0.113.9", "http", {}, ("203.0.113.9", False)),
        ("127.0.0.1", "http", {}, ("127.0.0.1", True)),
        ("::1", "http", {}, ("::1", True)),
        ("::ffff:127.0.0.1", "http", {}, ("::ffff:127.0.0.1", True)),
        ("", "http", {}, ("", False)),
        ("127.0.0.1", "http", {"x-forwarded-for": "203.0.113.9"}, ("127.0.0.1", False)),
        ("127.0.0.1", "http", {"x-forwarded-proto": "https"}, ("127.0.0.1", False)),
        ("127.0.0.1", "http", {"forwarded": "for=1.2.3.4"}, ("127.0.0.1", False)),
        ("203.0.113.9", "http", {"x-forwarded-proto": "https", "x-forwarded-for": "127.0.0.1"}, ("203.0.113.9", False)),
        ("10.1.1.1", "http", {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9"}, ("203.0.113.9", True)),
        ("10.1.1.1", "http", {"x-forwarded-proto": "http", "x-forwarded-for": "203.0.113.9"}, ("203.0.113.9", False)),
        (
            "10.1.1.1",
            "http",
            {"x-forwarded-proto": "https", "x-forwarded-for": "6.6.6.6, 203.0.113.9, 10.2.2.2"},
            ("203.0.113.9", True),
        ),
        ("10.1.1.1", "https", {"x-forwarded-for": "not an address"}, ("10.1.1.1", True)),
        ("10.1.1.1", "https", {"x-forwarded-for": "10.3.3.3"}, ("10.1.1.1", True)),
        ("127.0.0.1", "http", {"x-real-ip": "203.0.113.9"}, ("127.0.0.1", False)),
        ("127.0.0.1", "http", {"via": "1.1 proxy"}, ("127.0.0.1", False)),
        ("10.1.1.1", "https", {"x-forwarded-for": "203.0.113.9:5123"}, ("203.0.113.9", True)),
        ("10.1.1.1", "https", {"x-forwarded-for": "[2001:db8::7]:5123"}, ("2001:db8::7", True)),
        ("10.1.1.1", "https", {"x-forwarded-for": "[2001:db8::7]"}, ("2001:db8::7", True)),
        ("10.1.1.1", "https", {"x-forwarded-for": "[nothing]:1"}, ("10.1.1.1", True)),
        ("fd00::1", "https", {"x-forwarded-for": "2001:db8::7"}, ("2001:db8::7", True)),
    ],
)
def test_origin(peer, scheme, headers, expected):
    assert read_origin(peer=peer, scheme=scheme, headers=headers, trusted_proxies=PROXIES) == Origin(*expected)
