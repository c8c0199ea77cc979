"""Makes a trial certificate where none was given: readers see a warning, and compare the fingerprint that is printed."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from webdav.settings import TlsFiles

if TYPE_CHECKING:
    from datetime import datetime

VALID: Final = timedelta(days=397)
"""Some clients refuse what is valid for longer."""


class NotPem(ValueError):
    """A file isn't the certificate or private key that it was given as."""


def trial_certificate(*, folder: Path, host: str, at: datetime) -> tuple[TlsFiles, str]:
    """Return the trial certificate for ``host``, made where there is none or it has ended, and its SHA-256 fingerprint."""
    name = "".join(sign if sign.isalnum() else "-" for sign in host)
    certificate, key = folder / f"trial-{name}.pem", folder / f"trial-{name}.key"
    if not certificate.exists() or x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc <= at:
        _make(certificate, key, host, at)
    der = x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(Encoding.DER)
    return TlsFiles(str(certificate), str(key)), sha256(der).digest().hex(":").upper()


def require_pem(*, files: TlsFiles) -> None:
    """Raise ``NotPem`` for a file that is there and isn't what it is given as; OpenSSL only says "PEM lib" of either."""
    for path, what, read in (
        (Path(files.certificate), "certificate", x509.load_pem_x509_certificates),
        (Path(files.private_key), "private key without a password", _read_key),
    ):
        try:
            if path.is_file():
                read(path.read_bytes())
        except (ValueError, TypeError) as error:  # TypeError: it has a password
            begins = what.partition(" without")[0].upper()
            raise NotPem(f"{path} is no PEM {what}: it should have a line -----BEGIN {begins}-----") from error


def _read_key(data: bytes) -> object:
    return load_pem_private_key(data, password=None)


def _make(certificate: Path, key: Path, host: str, at: datetime) -> None:
    secret = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + VALID)
        .add_extension(x509.SubjectAlternativeName([_name_of(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key.touch(mode=0o600)
    key.write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate.write_bytes(made.public_bytes(Encoding.PEM))


def _name_of(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
