"""Settings of the WebDAV side, as values: the console's settings module fills them in."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class DavSettings:
    """How requests are admitted.

    Only a peer in ``trusted_proxies`` is believed what it says about the client's address and TLS.
    """

    realm: str = "Legalhold share"
    trusted_proxies: tuple[Network, ...] = ()
    body_bytes: int = 64 * 1024
    answers_at_once: int = 8  # to one share, and to one address: a quarter of the server's threads
    failures_per_share: int = 10  # wrong secrets of one user name from one address, per window
    failures_per_address: int = 100  # wrong secrets from one address, whatever the user name
    failure_window_seconds: int = 60
    failure_entries: int = 10_000  # bounds the memory an attacker can make us use


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What one client can make the server spend. Times in seconds."""

    threads: int = 32
    head_bytes: int = 32 * 1024
    body_bytes: int = 64 * 1024
    head_seconds: float = 10.0  # from connecting, or a request's first byte, to its last byte; handshake included
    idle_seconds: float = 60.0  # between requests of one connection
    write_seconds: float = 60.0  # to hand one block to the network: a slower reader than 4 KiB/s is dropped
    slow_bytes_per_second: int = 64 * 1024  # a slower reader is dropped when all threads are busy and others wait
    slow_seconds: float = 2.0  # for how long, at least, a reader's speed is measured
    linger_seconds: float = 0.5  # to let a refused client read the refusal before the connection is reset
    connections: int = 2_000
    connections_per_address: int = 24  # below `threads`: one address can't hold every worker
    shutdown_seconds: float = 4.0  # for running answers to end; with what is left to do, a stop takes under 5


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The PEM files of the certificate chain and its private key."""

    certificate: str
    private_key: str
