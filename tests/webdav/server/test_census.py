"""Who is counted as whom."""

from dataclasses import dataclass
from ipaddress import ip_network

from webdav.server.census import Census
from webdav.settings import ServerLimits


@dataclass(eq=False)
class Peer:
    remote_addr: str | None


def test_trusted_proxy_on_a_socket_of_both_families_brings_many():
    limits = ServerLimits(connections_per_address=1)
    census = Census(limits=limits, trusted_proxies=(ip_network("10.0.0.0/8"),))

    entered = [
        census.enter(Peer(address)) for address in ["::ffff:10.0.0.1"] * 3 + ["::ffff:203.0.113.1"] * 2 + [None] * 2
    ]

    assert entered == [True, True, True, True, False, True, False]
