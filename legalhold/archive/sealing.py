"""Authenticated encryption as the archive's formats use it: AES-256-GCM, and subkeys by HMAC. Knows no format."""

import hmac
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from legalhold.archive.errors import ArchiveError

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16

Random = Callable[[int], bytes]


class SealBroken(ArchiveError):
    """Sealed bytes, or what they are bound to, aren't what was sealed under this key."""


def derive_key(*, secret: bytes, purpose: bytes) -> bytes:
    """Return a key for one purpose only (HMAC-SHA256), so that no key is used in two formats."""
    return hmac.digest(secret, purpose, "sha256")


def seal(*, key: bytes, data: bytes, bound_to: bytes, random: Random) -> bytes:
    """Return a random nonce and the sealed bytes after it."""
    nonce = random(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, bound_to)


def unseal(*, key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """Return the bytes that `seal` was given. Raises SealBroken."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("its seal is broken: the bytes were changed, or belong to another object") from error
