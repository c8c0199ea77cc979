"""A share's user name and secret. The secret is shown once and kept only as HMAC-SHA256 under a key of the archive's."""

from __future__ import annotations

import hmac
from base64 import b32encode, urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from legalhold.archive import Archive, Random

SECRET_BYTES: Final = 32
PEPPER_PURPOSE: Final = b"legalhold share secrets 1"


def new_user_name(*, random: Random) -> str:
    """Return a user name that names nobody: ``share-`` and 50 random bits in lower-case letters and digits."""
    return "share-" + b32encode(random(7)).decode().rstrip("=").lower()[:10]


def new_secret(*, random: Random) -> str:
    """Return 256 random bits as 43 letters, digits, ``-`` and ``_``."""
    return urlsafe_b64encode(random(SECRET_BYTES)).decode().rstrip("=")


def share_pepper(*, archive: Archive) -> bytes:
    """Return the key that secrets are hashed under. It comes from the archive's keys: the database alone can't test a guess."""
    return archive.group.subkey(PEPPER_PURPOSE)


def secret_digest(*, secret: str, pepper: bytes) -> bytes:
    """Return what is kept of a secret. A slow hash isn't needed for 256 random bits and would cost 0.2 s a request."""
    return hmac.digest(pepper, secret.encode(), sha256)
