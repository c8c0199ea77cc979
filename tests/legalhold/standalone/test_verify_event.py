"""A proof is checked by a program that knows nothing of the one that wrote it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from legalhold.archive import canonical_json
from legalhold.audit.merkle import inclusion_proof, leaf_digest, root_of
from legalhold.audit.proofs import Receipt, receipt_bytes
from legalhold.audit.signing import SigningKey
from legalhold.standalone import verify_audit, verify_event
from legalhold.standalone.verify_event import Unproven, check_proof, main

KEY = SigningKey(seed=bytes(range(32)))
SEALED_AT = 1_770_000_000_000_000


def proof_of(position, size):
    events = [canonical_json({"number": number}) for number in range(size)]
    leaves = [leaf_digest(event) for event in events]
    root = root_of(leaves)
    signature = KEY.sign(size=size, root_digest=root, sealed_at_us=SEALED_AT)
    head = {"size": size, "root": root.hex(), "sealed_at": SEALED_AT, "signature": signature.hex()}
    path = tuple(digest.hex() for digest in inclusion_proof(leaves=leaves, index=position))
    return receipt_bytes(receipt=Receipt(events[position].decode(), position, head, path))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 12])
def test_every_event_is_proven(size):
    proven = [check_proof(proof_of(position, size), key=KEY.public) for position in range(size)]

    assert proven == [(f'{{"number":{position}}}', SEALED_AT) for position in range(size)]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"event": "{}"}, "isn't in the tree"),
        ({"position": 4}, "isn't in the tree"),
        ({"position": 7}, "isn't in the tree"),
        ({"position": -1}, "isn't in the tree"),
        ({"proof": []}, "isn't in the tree"),
        ({"proof": ["00" * 32] * 9}, "isn't in the tree"),
        ({"head": {"size": 7, "root": "00" * 32, "sealed_at": 1, "signature": "00" * 64}}, "isn't signed"),
        ({"format": "legalhold audit proof 2"}, "no proof of a format known here"),
        ({"head": None}, "this is no proof"),
        ({"proof": [1]}, "this is no proof"),
        ({"position": "x"}, "this is no proof"),
    ],
)
def test_changed_proof_proves_nothing(changes, why):
    proof = json.dumps({**json.loads(proof_of(3, 7)), **changes}).encode()

    with pytest.raises(Unproven, match=why):
        check_proof(proof, key=KEY.public)


def test_proof_under_another_key_proves_nothing():
    other = SigningKey(seed=bytes(32)).public

    with pytest.raises(Unproven, match="isn't signed"):
        check_proof(proof_of(3, 7), key=other)
    with pytest.raises(Unproven, match="isn't signed"):
        check_proof(proof_of(3, 7), key=b"short")
    with pytest.raises(Unproven, match="isn't signed"):
        check_proof(proof_of(3, 7), key=(2).to_bytes(32, "little"))


def test_program_says_what_is_proven(tmp_path, capsys):
    proof = tmp_path / "proof.json"
    proof.write_bytes(proof_of(3, 7))

    codes = [main([str(proof), "--key", KEY.public.hex()]), main([str(tmp_path / "gone"), "--key", "00"])]

    out, err = capsys.readouterr()
    assert codes == [0, 1]
    assert out.splitlines()[0] == "PROVEN: '{\"number\":3}'"
    assert "No such file" in err


def test_program_runs_alone(tmp_path):
    proof = tmp_path / "proof.json"
    proof.write_bytes(proof_of(3, 7))
    words = [sys.executable, "-I", "-S", verify_event.__file__, str(proof), "--key", KEY.public.hex()]

    ran = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)

    assert (ran.returncode, ran.stderr) == (0, "")


def test_signatures_are_checked_as_for_a_trail():
    """The two tools stand alone, so each has its own copy of the arithmetic: they stay the same."""
    parts = [
        (Path(verify_event.__file__).parent / name).read_text("utf-8").split("# --- ")[1]
        for name in ("verify_event.py", "verify_audit.py")
    ]

    assert parts[0] == parts[1]


def test_signatures_are_checked_as_in_the_other_tool():
    """Each tool is one file that stands alone, so the check stands in both: to the letter."""
    ours, theirs = (
        Path(tool.__file__).read_text().partition("# --- Ed25519")[2].partition("\n# --- ")[0]
        for tool in (verify_event, verify_audit)
    )

    assert "def is_ed25519_signature" in ours
    assert ours == theirs
