"""Item keys made of names: short enough for every index, and never equal to another's."""

import hashlib
from collections.abc import Iterable

MAX_KEY_BYTES = 1024  # with a repeated key's number and the columns beside it, far below what PostgreSQL's B-tree takes
_SHOWN_BYTES = 900
_DIGEST = b"\0sha256:"


def bounded_key(raw: bytes) -> bytes:
    """Give a key for raw bytes: they themselves, or where they are long or hold a zero byte, their beginning and digest.

    A key that isn't its own bytes holds a zero byte and ends with the digest of all of them: no other bytes have it.
    """
    if len(raw) <= MAX_KEY_BYTES and b"\0" not in raw:
        return raw
    return raw[:_SHOWN_BYTES] + _DIGEST + hashlib.sha256(raw).hexdigest().encode()


def path_key(components: Iterable[bytes]) -> bytes:
    """Give the key of what stands at a path below its source's root."""
    return bounded_key(b"/".join(components))
