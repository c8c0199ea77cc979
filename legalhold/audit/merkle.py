"""The tree of RFC 6962: roots by appending, proofs of inclusion, and their check. Knows no event."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EMPTY_ROOT = sha256(b"").digest()
DIGEST_BYTES = 32


def leaf_digest(data: bytes) -> bytes:
    """Return the digest of an entry (RFC 6962 §2.1)."""
    return sha256(b"\x00" + data).digest()


def node_digest(left: bytes, right: bytes) -> bytes:
    """Return the digest of two subtrees (RFC 6962 §2.1)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a tree: what is needed to append to it, at most 64 digests whatever its size."""

    def __init__(self, *, size: int = 0, digests: Sequence[bytes] = ()) -> None:
        if len(digests) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} digests at its edge, not {len(digests)}")
        self.size = size
        self.digests = list(digests)

    def append(self, leaf: bytes) -> None:
        """Add a leaf's digest."""
        self.digests.append(leaf)
        full = self.size
        while full & 1:
            right = self.digests.pop()
            self.digests[-1] = node_digest(self.digests[-1], right)
            full >>= 1
        self.size += 1

    def root(self) -> bytes:
        """Return the digest of the whole tree."""
        if not self.digests:
            return EMPTY_ROOT
        root = self.digests[-1]
        for digest in reversed(self.digests[:-1]):
            root = node_digest(digest, root)
        return root


def frontier_of(leaves: Iterable[bytes]) -> Frontier:
    """Return the right edge of the tree of ``leaves``."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the digest of the tree of ``leaves``."""
    return frontier_of(leaves).root()


def inclusion_proof(*, leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of one leaf (RFC 6962 §2.1.1)."""
    if len(leaves) == 1:
        return []
    half = _half(len(leaves))
    if index < half:
        return [*inclusion_proof(leaves=leaves[:half], index=index), root_of(leaves[half:])]
    return [*inclusion_proof(leaves=leaves[half:], index=index - half), root_of(leaves[:half])]


def is_included(*, leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Check an audit path (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, digest = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            digest = node_digest(sibling, digest)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            digest = node_digest(digest, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and digest == root


def _half(size: int) -> int:
    """Return the greatest power of two below ``size``."""
    return int(1 << (size - 1).bit_length() - 1)
