"""HTTP Basic credentials (RFC 7617). Whatever can't be read is no credentials, never an error."""

import base64
import binascii
from dataclasses import dataclass, field

MAX_HEADER_CHARS = 2_048


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and a secret; the secret stays out of its representation."""

    user: str
    secret: str = field(repr=False)


def read_credentials(header: str | None) -> Credentials | None:
    """Return the credentials of an Authorization header, None when there are none to read."""
    scheme, _, encoded = (header or "").strip().partition(" ")
    if scheme.lower() != "basic" or len(encoded) > MAX_HEADER_CHARS:
        return None
    try:
        user, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    # RFC 7617 §2 allows no control characters; PostgreSQL takes no NUL in a text.
    return Credentials(user, secret) if colon and user.isprintable() else None
