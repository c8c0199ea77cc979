"""The key that tree heads are signed with, and what exactly is signed. Kept in a file of mode 0400, never in the database."""

from __future__ import annotations

import re
import struct
from stat import S_IMODE, S_ISREG
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from legalhold.archive.store.durable import create_file, make_folder

if TYPE_CHECKING:
    from pathlib import Path

    from legalhold.archive import Random

PREFIX: Final = "legalhold-audit-key-1"
SEED_BYTES: Final = 32
MODE: Final = 0o400
MODES: Final = (0o400, 0o600)
CONTEXT: Final = b"legalhold audit head 1\0"
HEAD: Final = struct.Struct(">Q32sq")  # size, root, sealed_at in microseconds since 1970 UTC


class SigningKeyMissing(Exception):
    """There is no signing key where it should be, though tree heads were signed with one."""


class SigningKeyUnusable(Exception):
    """The file isn't a signing key, or others may read it."""


class SigningKey:
    """An Ed25519 key (RFC 8032)."""

    def __init__(self, *, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public(self) -> bytes:
        """The 32 bytes that signatures are checked with; no secret."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, *, size: int, root_digest: bytes, sealed_at_us: int) -> bytes:
        """Return the signature of a tree head."""
        return self._key.sign(head_message(size=size, root_digest=root_digest, sealed_at_us=sealed_at_us))


def head_message(*, size: int, root_digest: bytes, sealed_at_us: int) -> bytes:
    """Return the bytes that are signed: see ``docs/format/audit.md``."""
    return CONTEXT + HEAD.pack(size, root_digest, sealed_at_us)


def is_signed(*, public: bytes, size: int, root_digest: bytes, sealed_at_us: int, signature: bytes) -> bool:
    """Check a tree head's signature."""
    message = head_message(size=size, root_digest=root_digest, sealed_at_us=sealed_at_us)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def create_signing_key(*, path: Path, random: Random) -> SigningKey:
    """Make a key and keep it in a new file of mode 0400, durably. Raises ``SigningKeyUnusable`` if it can't be written."""
    seed = random(SEED_BYTES)
    try:
        if not path.parent.is_dir():
            make_folder(path.parent)
        create_file(path=path, data=f"{PREFIX}-{seed.hex()}\n".encode(), mode=MODE)
    except OSError as error:
        raise SigningKeyUnusable(f"the audit's signing key can't be written to {path}: {error.strerror}") from error
    return SigningKey(seed=seed)


def load_signing_key(*, path: Path) -> SigningKey:
    """Return the key in a file. Raises ``SigningKeyMissing`` and ``SigningKeyUnusable``, with what to do."""
    try:
        status = path.stat()
        text = path.read_text(encoding="ascii", errors="replace") if S_ISREG(status.st_mode) else ""
    except FileNotFoundError as error:
        raise SigningKeyMissing(
            f"there is no signing key of the audit trail at {path}, which no command runs without: put it back from your copy"
            " of the keys (docs/operations/settings.md says what to do without one)"
        ) from error
    except OSError as error:
        raise SigningKeyUnusable(f"the signing key at {path} can't be read: {error.strerror}") from error
    if S_IMODE(status.st_mode) not in MODES:
        raise SigningKeyUnusable(
            f"{path} has mode {S_IMODE(status.st_mode):04o}; others may read it: chmod 0400 {path}"
        )
    match = re.fullmatch(rf"{PREFIX}-([0-9a-f]{{{2 * SEED_BYTES}}})", text.strip())
    if match is None:
        raise SigningKeyUnusable(f"{path} holds no signing key: it should be {PREFIX}- and 64 hex digits")
    return SigningKey(seed=bytes.fromhex(match[1]))
