"""Checks an exported audit trail offline, with Python's standard library alone.

Usage: python verify_audit.py TRAIL.jsonl --key PUBLIC_KEY_HEX [--anchor FILE]

Written independently of the program that wrote the trail. Exits 0 when nothing was found, 1 when something was, 2 on
wrong use. The public key and the anchor must come from somewhere else than the trail: what a forger can change along
with it proves nothing.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
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


# --- The tree, RFC 6962 §2.1 ---


def _leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


@dataclass
class Tree:
    """Perfect subtrees from left to right, as (leaves, digest)."""

    size: int = 0
    subtrees: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """Append a leaf and join equal subtrees."""
        self.size += 1
        self.subtrees.append((1, leaf))
        while len(self.subtrees) > 1 and self.subtrees[-1][0] == self.subtrees[-2][0]:
            (count, right), (_, left) = self.subtrees.pop(), self.subtrees.pop()
            self.subtrees.append((2 * count, hashlib.sha256(b"\1" + left + right).digest()))

    def root(self) -> bytes:
        """Join what is left from the right."""
        digest = self.subtrees[-1][1] if self.subtrees else hashlib.sha256(b"").digest()
        for _, left in self.subtrees[-2::-1]:
            digest = hashlib.sha256(b"\1" + left + digest).digest()
        return digest


# --- The trail ---


class Unreadable(Exception):
    """The file isn't an exported trail; the message names the line."""


@dataclass
class Report:
    """What was checked, and what isn't as it was recorded."""

    sealed: int = 0
    unsealed: int = 0
    heads: int = 0
    anchors: int = 0
    findings: list[str] = field(default_factory=list)


@dataclass
class _Check:
    key: bytes
    anchors: dict[int, list[dict[str, object]]]
    report: Report = field(default_factory=Report)
    tree: Tree = field(default_factory=Tree)
    last_head: int = 0
    fitting: int = 0

    def found(self, what: str) -> None:
        self.report.findings.append(what)

    def event(self, line: dict[str, object]) -> None:
        position = self.tree.size
        if line["position"] != position:
            self.found(f"position {position} is missing; the next line is of position {line['position']}")
        if "leaf" in line:
            self.found(f"the event at position {position} was removed before the export")
            self.tree.add(bytes.fromhex(str(line["leaf"])))
        else:
            text = str(line["event"])
            if not isinstance(json.loads(text), dict):
                raise ValueError("an event is an object")
            self.tree.add(_leaf(text.encode()))
        self.report.sealed += 1
        for anchor in self.anchors.get(self.tree.size, []):
            self.fits(anchor, f"the anchor's head of {self.tree.size} events")

    def head(self, head: dict[str, object]) -> None:
        self.report.heads += 1
        name = f"the head of {head['size']} events"
        if head["size"] != self.tree.size:
            self.found(f"{name} stands after {self.tree.size} events")
        self.signed(head, name)
        if self.fits(head, name):
            self.fitting = self.tree.size
        self.last_head = self.tree.size

    def fits(self, head: dict[str, object], name: str) -> bool:
        if head["root"] == self.tree.root().hex():
            return True
        self.found(f"{name} doesn't fit: look between positions {self.fitting} and {self.tree.size - 1}")
        return False

    def signed(self, head: dict[str, object], name: str) -> None:
        size, sealed_at = int(str(head["size"])), int(str(head["sealed_at"]))
        root, signature = bytes.fromhex(str(head["root"])), bytes.fromhex(str(head["signature"]))
        message = (
            b"legalhold audit head 1\0" + size.to_bytes(8, "big") + root + sealed_at.to_bytes(8, "big", signed=True)
        )
        if not is_ed25519_signature(self.key, message, signature):
            self.found(f"{name} isn't signed with the key given")

    def end(self, end: dict[str, object]) -> None:
        if end != {"sealed": self.report.sealed, "unsealed": self.report.unsealed}:
            self.found(
                f"the trail says it has {end}, but has {self.report.sealed} sealed, {self.report.unsealed} unsealed"
            )
        if self.last_head != self.tree.size:
            self.found(f"the events from position {self.last_head} on have no signed head")
        for size, anchors in self.anchors.items():
            for anchor in anchors:
                self.report.anchors += 1
                self.signed(anchor, f"the anchor's head of {size} events")
            if size > self.tree.size:
                self.found(
                    f"the anchor has a head of {size} events, the trail only {self.tree.size}: its end was cut off"
                )


def check_trail(lines: Iterable[bytes], *, key: bytes, anchors: Iterable[dict[str, object]] = ()) -> Report:
    """Check a trail's lines. Raises Unreadable for what isn't a trail, or ends before its last line."""
    by_size: dict[int, list[dict[str, object]]] = {}
    for anchor in anchors:
        by_size.setdefault(int(str(anchor["size"])), []).append(anchor)
    check = _Check(key, by_size)
    numbered = enumerate(lines, start=1)
    _, first = next(numbered, (0, b""))
    if _parse(first, 1).get("format") != "legalhold audit 1":
        raise Unreadable("line 1: this is no audit trail of a format known here")
    for number, line in numbered:
        if _take(check, _parse(line, number), number):
            after = next(numbered, None)
            if after is not None:
                raise Unreadable(f"line {after[0]}: it stands after the trail's last line; nobody has checked it")
            return check.report
    raise Unreadable("the file ends before the trail's last line: it was cut off, or not wholly copied")


def _take(check: _Check, line: dict[str, object], number: int) -> bool:
    try:
        if "position" in line:
            check.event(line)
        elif "unsealed" in line:
            check.report.unsealed += 1
        elif isinstance(head := line.get("head"), dict):
            check.head(head)
        else:
            end = line["end"]
            check.end(end if isinstance(end, dict) else {})
            return True
    except (KeyError, ValueError, OverflowError) as error:
        raise Unreadable(f"line {number}: {error}") from error
    return False


def _parse(line: bytes, number: int) -> dict[str, object]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise Unreadable(f"line {number}: {error}") from error
    if not isinstance(value, dict):
        raise Unreadable(f"line {number}: it should be an object")
    return value


def read_anchor(path: Path) -> Iterator[dict[str, object]]:
    """Yield the heads of an anchor file."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            head = _parse(line, number)
            if not {"size", "root", "sealed_at", "signature"} <= head.keys():
                raise Unreadable(f"line {number} of the anchor is no head")
            yield head


def main(words: list[str]) -> int:
    """Check the trail named on the command line and print what was found."""
    parser = argparse.ArgumentParser(description="Checks an exported audit trail offline.")
    parser.add_argument("trail", type=Path)
    parser.add_argument("--key", required=True, type=bytes.fromhex, help="the public key, 64 hex digits")
    parser.add_argument("--anchor", type=Path, help="the file that tree heads were anchored in")
    options = parser.parse_args(words)
    try:
        anchors = list(read_anchor(options.anchor)) if options.anchor else []
        with options.trail.open("rb") as lines:
            report = check_trail(lines, key=options.key, anchors=anchors)
    except (OSError, Unreadable) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(_text(report)) + "\n")
    return 1 if report.findings else 0


def _text(report: Report) -> Iterator[str]:
    yield from (f"FOUND: {finding}" for finding in report.findings)
    yield f"{report.sealed} sealed and {report.unsealed} unsealed events, {report.heads} heads, {report.anchors} anchors"
    yield f"{len(report.findings)} findings"
    if report.unsealed:
        yield "unsealed events are in no signed head: they prove nothing, whoever had the file could have written them"
    if not report.anchors:
        yield "without an anchor, a trail whose end was cut off can't be told from a whole one"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
