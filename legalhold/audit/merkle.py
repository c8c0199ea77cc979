"""The tree of RFC 6962: roots by appending, proofs of inclusion and of consistency, and their checks. Knows no event."""

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


def consistency_proof(*, leaves: Sequence[bytes], first: int) -> list[bytes]:
    """Return the proof that the tree of the first leaves is the beginning of this one (RFC 6962 §2.1.2)."""
    return _subproof(leaves, first, is_whole=True)


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


def is_consistent(*, first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Check a consistency proof (RFC 9162 §2.1.4.2). Every tree goes on from the empty one, and from itself."""
    if first in {0, second}:
        return not proof and (first_root == second_root if first else first_root == EMPTY_ROOT)
    if not 0 < first < second or not proof:
        return False
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_digest(sibling, old), node_digest(sibling, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_digest(new, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _half(size: int) -> int:
    """Return the greatest power of two below ``size``."""
    return int(1 << (size - 1).bit_length() - 1)


def _subproof(leaves: Sequence[bytes], first: int, *, is_whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if is_whole else [root_of(leaves)]
    half = _half(len(leaves))
    if first <= half:
        return [*_subproof(leaves[:half], first, is_whole=is_whole), root_of(leaves[half:])]
    return [*_subproof(leaves[half:], first - half, is_whole=False), root_of(leaves[:half])]
