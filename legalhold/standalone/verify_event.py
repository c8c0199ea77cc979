"""Checks offline that one event is in a signed audit trail, with Python's standard library alone.

Usage: python verify_event.py PROOF.json --key PUBLIC_KEY_HEX

Written independently of the program that wrote the proof; `docs/format/audit.md` says what is in one. Exits 0 when the
event is proven, 1 when it isn't, 2 on wrong use. The public key must come from somewhere else than the proof.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

# --- Ed25519 verification, RFC 8032 §5.1, in extended coordinates (§5.1.4) ---

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
KEY_BYTES = 32
SIGNATURE_BYTES = 64

Point = tuple[int, int, int, int]


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _multiply(number: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = _add(result, point)
        point, number = _add(point, point), number >> 1
    return result


def _is_equal(p: Point, q: Point) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def _decompress(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


_BASE_Y = 4 * pow(5, P - 2, P) % P
_BASE = _decompress(_BASE_Y.to_bytes(KEY_BYTES, "little"))
assert _BASE is not None
BASE: Point = _BASE


def is_ed25519_signature(public: bytes, message: bytes, signature: bytes) -> bool:
    """Check an Ed25519 signature (RFC 8032 §5.1.7)."""
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    key, commitment = _decompress(public), _decompress(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    return _is_equal(_multiply(scalar, BASE), _add(commitment, _multiply(challenge, key)))


# --- The proof, RFC 9162 §2.1.3.2 ---

FORMAT = "legalhold audit proof 1"


class Unproven(Exception):
    """The file isn't a proof, or proves nothing; the message says why."""


def check_proof(data: bytes, *, key: bytes) -> tuple[str, int]:
    """Return the event that a proof proves, as text, and when its head was sealed. Raises Unproven."""
    try:
        said = json.loads(data)
        if said["format"] != FORMAT:
            raise Unproven("this is no proof of a format known here")
        event, head = str(said["event"]), said["head"]
        size, sealed_at, root = int(head["size"]), int(head["sealed_at"]), bytes.fromhex(head["root"])
        message = (
            b"legalhold audit head 1\0" + size.to_bytes(8, "big") + root + sealed_at.to_bytes(8, "big", signed=True)
        )
        is_signed = is_ed25519_signature(key, message, bytes.fromhex(head["signature"]))
        path = [bytes.fromhex(digest) for digest in said["proof"]]
        reached = _root(hashlib.sha256(b"\0" + event.encode()).digest(), int(said["position"]), size, path)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Unproven(f"this is no proof: {error!r}") from error
    if not is_signed:
        raise Unproven("the head isn't signed with the key given")
    if reached != root:
        raise Unproven("the event isn't in the tree that the head signs")
    return event, sealed_at


def _root(leaf: bytes, position: int, size: int, path: list[bytes]) -> bytes:
    """Return the root that a leaf's path leads to, nothing where the path isn't one of this position."""
    if not 0 <= position < size:
        return b""
    last, digest = size - 1, leaf
    for sibling in path:
        if last == 0:
            return b""
        if position & 1 or position == last:
            digest = hashlib.sha256(b"\1" + sibling + digest).digest()
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            digest = hashlib.sha256(b"\1" + digest + sibling).digest()
        position, last = position >> 1, last >> 1
    return digest if last == 0 else b""


def main(words: list[str]) -> int:
    """Check the proof named on the command line and print what it proves."""
    parser = argparse.ArgumentParser(description="Checks offline that an event is in a signed audit trail.")
    parser.add_argument("proof", type=Path)
    parser.add_argument("--key", required=True, type=bytes.fromhex, help="the public key, 64 hex digits")
    options = parser.parse_args(words)
    try:
        event, sealed_at = check_proof(options.proof.read_bytes(), key=options.key)
    except (OSError, Unproven) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"PROVEN: {event!a}\nsealed {sealed_at} microseconds after 1970-01-01 UTC\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
