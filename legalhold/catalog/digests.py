"""Names of catalog rows that survive a rebuild: digests over keys, paths and contents, never over ids."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from legalhold.archive import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID


def version_digest(
    *, source_key: UUID, folder: bytes, item_key: bytes, first_seen: int, content_digest: bytes
) -> bytes:
    """Return what tombstones, frozen pins and the dump call a version; the same again after a rebuild."""
    return sha256(
        canonical_json(
            {
                "content": content_digest.hex(),
                "first_seen": first_seen,
                "folder": folder.hex(),
                "item_key": item_key.hex(),
                "source": str(source_key),
            }
        )
    ).digest()


def set_digest(digests: Iterable[bytes]) -> bytes:
    """Return one digest of a set of digests, whatever their order."""
    whole = sha256()
    for digest in sorted(digests):
        whole.update(digest)
    return whole.digest()
