"""Who is asking, and whether nobody could listen: the client's address and TLS, past trusted proxies.

What a peer says about itself counts only if the peer is a trusted proxy.
"""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from webdav.settings import Network

# What a proxy adds. Via and X-Real-IP too: some send nothing else.
FORWARDED = ("x-forwarded-for", "x-forwarded-proto", "forwarded", "x-real-ip", "via")
# Some proxies add the port: 203.0.113.9:1234, [2001:db8::7]:1234.
_HOP = re.compile(r"(?P<v4>[0-9.]+):[0-9]{1,5}|\[(?P<v6>[^\]]+)\](:[0-9]{1,5})?")

Address = IPv4Address | IPv6Address


class Origin(NamedTuple):
    """The client's address as text, and whether its credentials travelled unread by others."""

    client: str
    is_secure: bool


def read_origin(*, peer: str, scheme: str, headers: Mapping[str, str], trusted_proxies: tuple[Network, ...]) -> Origin:
    """Return the origin of a request that ``peer`` sent over ``scheme``."""
    address = read_address(peer)
    if is_trusted(address, trusted_proxies=trusted_proxies):
        client = _client_behind(headers.get("x-forwarded-for", ""), trusted_proxies=trusted_proxies)
        return Origin(client or peer, scheme == "https" or headers.get("x-forwarded-proto", "").lower() == "https")
    return Origin(peer, scheme == "https" or _is_local(address, headers))


def is_trusted(address: Address | None, *, trusted_proxies: tuple[Network, ...]) -> bool:
    """Say whether the address is a trusted proxy's."""
    return address is not None and any(address in network for network in trusted_proxies)


def _is_local(address: Address | None, headers: Mapping[str, str]) -> bool:
    # A forwarded request from loopback comes from a proxy nobody declared: its client may be anywhere.
    is_forwarded = any(name in headers for name in FORWARDED)
    return address is not None and address.is_loopback and not is_forwarded


def _client_behind(forwarded_for: str, *, trusted_proxies: tuple[Network, ...]) -> str:
    for hop in reversed(forwarded_for.split(",")):
        match = _HOP.fullmatch(hop.strip())
        address = read_address((match["v4"] or match["v6"]) if match else hop.strip())
        if address is None:
            return ""
        if not is_trusted(address, trusted_proxies=trusted_proxies):
            return str(address)
    return ""


def read_address(text: str) -> Address | None:
    """Return the address, an IPv4-mapped one as IPv4; None if it is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
