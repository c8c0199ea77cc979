"""Our own Ed25519 check against RFC 8032's vectors and against another implementation."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from legalhold.standalone.verify_audit import ORDER, P, Tree, check_trail, is_ed25519_signature, read_anchor

# RFC 8032 §7.1, tests 1, 2 and 3
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_signatures_of_the_rfc_are_right(public, message, signature):
    public, message, signature = (bytes.fromhex(text) for text in (public, message, signature))

    assert is_ed25519_signature(public, message, signature)
    assert not is_ed25519_signature(public, message + b"x", signature)
    assert not is_ed25519_signature(public, message, bytes([signature[0] ^ 1]) + signature[1:])
    assert not is_ed25519_signature(public, message, signature[:32] + bytes([signature[32] ^ 1]) + signature[33:])


def test_signature_of_another_form_is_none():
    public, _, signature = (bytes.fromhex(text) for text in VECTORS[0])
    scalar = int.from_bytes(signature[32:], "little")

    assert not is_ed25519_signature(public[:-1], b"", signature)
    assert not is_ed25519_signature(public, b"", signature[:-1])
    # The same signature with a scalar beyond the group's order: RFC 8032 §5.1.7 has it refused.
    assert not is_ed25519_signature(public, b"", signature[:32] + (scalar + ORDER).to_bytes(32, "little"))


@pytest.mark.parametrize(
    "public",
    [
        P.to_bytes(32, "little"),  # a coordinate beyond the field
        (2).to_bytes(32, "little"),  # no point has it
        ((1 << 255) | 1).to_bytes(32, "little"),  # zero with a sign
    ],
)
def test_key_that_is_no_point_signs_nothing(public):
    signature = bytes.fromhex(VECTORS[0][2])

    assert not is_ed25519_signature(public, b"", signature)


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100), st.integers(0, 511))
def test_check_agrees_with_another_implementation(seed, message, bit):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8

    assert is_ed25519_signature(public, message, signature)
    assert not is_ed25519_signature(public, message, bytes(flipped))


@pytest.mark.parametrize("size", range(70))
def test_tree_agrees_with_the_program_that_writes_it(size):
    from legalhold.audit.merkle import leaf_digest, root_of

    leaves = [leaf_digest(bytes([number])) for number in range(size)]
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)

    assert tree.root() == root_of(leaves)


@pytest.mark.parametrize("version", [1])
def test_trail_of_every_version_is_read(samples, version):
    """A trail that a released version has written stays readable and good."""
    folder = samples / "audit"
    key = bytes.fromhex((folder / f"audit-{version}.key.txt").read_text().strip())
    with (folder / f"audit-{version}.jsonl").open("rb") as lines:
        report = check_trail(lines, key=key, anchors=read_anchor(folder / f"audit-{version}.anchor.jsonl"))

    assert (report.sealed, report.unsealed, report.heads, report.anchors, report.findings) == (12, 1, 3, 3, [])
