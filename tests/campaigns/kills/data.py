"""The mail that is captured: few and small messages, chosen so that every phase has something to do."""

from __future__ import annotations

import random
from pathlib import Path

ALICE, BOB = "alice@example.com", "bob@example.com"
SHOWN = {
    # day: which numbered messages each mailbox shows; 90 and 91 are in both
    "1": {ALICE: [*range(1, 9), 90], BOB: [*range(11, 19), 90, 91]},
    "2": {ALICE: [*range(1, 5), 90], BOB: [*range(11, 15), 90]},
    "3": {ALICE: [1, 2, 9], BOB: [11, 12, 19]},
    # 3 and 13 are in expired snapshots alone; 4 was only Alice's
    "4": {ALICE: [1, 3, 9, 20, 21], BOB: [11, 13, 4, 22, 23]},
}  # fmt: skip


def write_data(root: Path) -> None:
    """Write a folder of messages per day and person, and a device with one file of several parts."""
    for day, people in SHOWN.items():
        for person, numbers in people.items():
            folder = root / day / person
            folder.mkdir(parents=True)
            for number in numbers:
                (folder / f"{number}.eml").write_bytes(message(number))
    (root / "device").mkdir()
    (root / "device" / "image.bin").write_bytes(random.Random(1).randbytes(1_100_000))


def message(number: int) -> bytes:
    """A message that is the same wherever it is shown."""
    text = "\r\n".join(f"{number} line {line}" for line in range(40))
    return (
        f"From: a{number}@example.com\r\nTo: b@example.com\r\nSubject: Message {number}\r\n"
        f"Message-ID: <{number}@example.com>\r\nDate: Mon, 05 Jan 2026 10:{number % 60:02d}:00 +0000\r\n\r\n{text}\r\n"
    ).encode()
