"""Serves shares over WebDAV and to browsers, and seals what is recorded, until it is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from legalhold.cli.certificates import require_pem, trial_certificate
from legalhold.cli.command import Call, HouseCommand
from legalhold.cli.installation import keys_folder
from legalhold.cli.parsing import UsedWrongly, number_from
from legalhold.cli.printing import Result
from legalhold.cli.serving import Listening, bound, is_loopback, port_of, read_proxies, serve_shares
from webdav.settings import TlsFiles

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

DAV_PORT = 8081
MOST_PORTS = 65_535


class CertificateIncomplete(UsedWrongly):
    """A certificate needs its private key, and the other way round."""


class Command(HouseCommand):
    help = "Serve shares over WebDAV and to browsers. Stop it with Ctrl-C or SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host", default="127.0.0.1", help="the address to listen at (127.0.0.1: this machine alone)"
        )
        parser.add_argument(
            "--dav-port",
            type=number_from(0, MOST_PORTS),
            default=DAV_PORT,
            metavar="PORT",
            help=f"the port ({DAV_PORT}; 0 picks one)",
        )
        parser.add_argument("--tls-cert", metavar="FILE", help="the certificate chain (PEM)")
        parser.add_argument("--tls-key", metavar="FILE", help="its private key (PEM)")

    def run(self, call: Call) -> Result:
        listening = Listening(
            host=call.given.host,
            port=call.given.dav_port,
            tls=_tls(call),
            trusted_proxies=read_proxies(settings.ENVIRONMENT.trusted_proxies),
        )
        with bound(installation=call.installation, listening=listening) as server:
            port = port_of(server)
            serve_shares(server=server, installation=call.installation, listening=listening, say=call.progress.say)
        return Result("stopped", {"stopped": True, "port": port})


def _tls(call: Call) -> TlsFiles | None:
    certificate, key = call.given.tls_cert, call.given.tls_key
    if bool(certificate) != bool(key):
        raise CertificateIncomplete("give both --tls-cert and --tls-key, or neither")
    if certificate:
        files = TlsFiles(certificate, key)
        require_pem(files=files)
        return files
    # Behind a proxy that ends TLS, plain HTTP from that proxy is all there is.
    if is_loopback(call.given.host) or settings.ENVIRONMENT.trusted_proxies:
        return None
    folder = keys_folder(call.installation.home)
    tls, fingerprint = trial_certificate(folder=folder, host=call.given.host, at=call.at)
    call.progress.say(f"no certificate was given: this one is for trials, its SHA-256 fingerprint is {fingerprint}")
    return tls
