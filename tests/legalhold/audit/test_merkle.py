"""The tree of RFC 6962 against its own recursive definition and known roots."""

from __future__ import annotations

from hashlib import sha256

import pytest

from legalhold.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    frontier_of,
    inclusion_proof,
    is_included,
    leaf_digest,
    root_of,
)

# The entries and roots that Certificate Transparency's own tests use.
ENTRIES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_digest(entry) for entry in ENTRIES]


def by_definition(leaves):
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + by_definition(leaves[:half]) + by_definition(leaves[half:])).digest()


def some_leaves(count):
    return [leaf_digest(bytes([number % 256, number // 256])) for number in range(count)]


def test_known_roots_are_reproduced():
    assert [root_of(LEAVES[: size + 1]).hex() for size in range(8)] == ROOTS
    assert root_of([]) == EMPTY_ROOT == sha256(b"").digest()


@pytest.mark.parametrize("size", [*range(40), 255, 256, 257])
def test_appending_gives_the_defined_root(size):
    assert frontier_of(some_leaves(size)).root() == by_definition(some_leaves(size))


def test_frontier_goes_on_from_what_was_kept():
    leaves = some_leaves(23)
    kept = frontier_of(leaves[:13])

    frontier = Frontier(size=kept.size, digests=kept.digests)
    for leaf in leaves[13:]:
        frontier.append(leaf)

    assert (frontier.size, frontier.root()) == (23, by_definition(leaves))
    assert kept.size == 13


def test_frontier_of_another_size_is_refused():
    with pytest.raises(ValueError, match="3 digests at its edge, not 1"):
        Frontier(size=7, digests=[bytes(32)])


@pytest.mark.parametrize("size", range(1, 20))
def test_every_leaf_is_proven_and_no_other(size):
    leaves = some_leaves(size)
    root = root_of(leaves)
    for index, leaf in enumerate(leaves):
        proof = inclusion_proof(leaves=leaves, index=index)

        assert is_included(leaf=leaf, index=index, size=size, root=root, proof=proof)
        assert not is_included(leaf=leaf_digest(b"other"), index=index, size=size, root=root, proof=proof)
        assert not is_included(leaf=leaf, index=index, size=size, root=bytes(32), proof=proof)
        assert not is_included(leaf=leaf, index=index, size=size, root=root, proof=[*proof, bytes(32)])
        assert not is_included(leaf=leaf, index=size, size=size, root=root, proof=proof)
        assert not is_included(leaf=leaf, index=-1, size=size, root=root, proof=proof)
        if proof:
            assert not is_included(leaf=leaf, index=index, size=size, root=root, proof=proof[:-1])
