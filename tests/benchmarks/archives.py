"""Times ingest, unchanged re-ingest, compaction, export and listing beside restic and borg, on the same mail, by command.

Usage: .venv/bin/python -m tests.benchmarks.archives [--mails 10000] [--write]
Every figure is the wall time of whole processes, starting them and opening the repository included. What is timed of a
peer is encrypted, compressed with zstd where it can be, and flushed to the disk, as ours is.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.postgres import running_server

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = ROOT / "docs" / "evidence" / "benchmarks.md"
STEPS = ("ingest", "unchanged again", "compaction", "export", "listing")
WORDS = [f"{a}{b}{c}" for a in "bdfklmnprst" for b in ("a", "e", "io", "u") for c in ("n", "r", "st", "ll", "ck")]
SEED = 2026

Figures = dict[str, float]


def write_mail(folder: Path, count: int) -> int:
    """Write messages of 2 to 30 kB, one in seven with an attachment that doesn't compress; returns their bytes."""
    dice = random.Random(SEED)
    total = 0
    for number in range(count):
        place = folder / f"{number // 500:03d}"
        place.mkdir(parents=True, exist_ok=True)
        body = " ".join(dice.choices(WORDS, k=dice.randint(300, 3000)))
        if number % 7 == 0:
            body += "\r\n" + dice.randbytes(dice.randint(2000, 8000)).hex()
        data = (
            f"From: p{number % 50}@example.com\r\nTo: p{number % 37}@example.com\r\nSubject: {' '.join(dice.choices(WORDS, k=4))}\r\n"
            f"Message-ID: <{number}@example.com>\r\nDate: Mon, 05 Jan 2026 10:{number % 60:02d}:00 +0000\r\n\r\n{body}\r\n"
        ).encode()
        (place / f"{number}.eml").write_bytes(data)
        total += len(data)
    return total


def remove_half(folder: Path) -> None:
    """Delete every second message: what compaction then has to find, scattered over all packs."""
    for path in sorted(folder.rglob("*.eml"))[::2]:
        path.unlink()


def timed(*command: object, environment: dict[str, str], cwd: Path = ROOT) -> float:
    """Run a command that must succeed, and return its seconds."""
    began = time.monotonic()
    done = subprocess.run(
        [str(word) for word in command], env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return seconds


class House:
    """This house, by its commands."""

    def __init__(self, work: Path, address: str | None = None) -> None:
        self.mail = work / "mail"
        self.work = work
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("LEGALHOLD_", "DATABASE_URL"))
        }
        self.environment |= {"LEGALHOLD_HOME": str(work / "home")} | ({"DATABASE_URL": address} if address else {})

    def run(self, *words: object) -> float:
        return timed(sys.executable, "manage.py", *words, environment=self.environment)

    def confirmed(self, *words: object) -> float:
        """Run a command that asks first, and return the seconds of the run that was told to go on."""
        asked = subprocess.run(
            [sys.executable, "manage.py", *map(str, words)],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        digest = re.search(r"--confirm ([0-9a-f]{64})", asked.stdout + asked.stderr)
        if digest is None:
            raise SystemExit(f"{words} didn't ask: {asked.stdout}{asked.stderr}")
        return self.run(*words, "--confirm", digest[1])

    def measure(self) -> Figures:
        ingest = ("ingest", self.mail, "--custodian", "alice@example.com", "--create", "--format", "eml")
        self.run("matter", "create", "Benchmark")
        self.run("retention", "set", "newest only", "--keep-all-days", "0", "--default")
        figures = {"ingest": self.run(*ingest), "unchanged again": self.run(*ingest)}
        remove_half(self.mail)
        self.confirmed(*ingest)
        figures["listing"] = timed(
            sys.executable,
            "-m",
            "tests.benchmarks.list_newest",
            environment=self.environment | {"PYTHONPATH": str(ROOT)},
        )
        expire = self.run("retention", "apply")
        figures["compaction"] = expire + self.confirmed("compact", "--grace", "0s", "--full")
        self.run("hold", "draft", "Benchmark", "Everything")
        self.run("hold", "place", "Everything", "--custodian", "alice@example.com")
        create = self.run("export", "create", "All", "--hold", "Everything")
        figures["export"] = create + self.run("export", "write", "All", self.work / "out")
        figures["of it: create"] = create
        figures["bytes left"] = _size(self.work / "home" / "archive")
        return figures


class Restic:
    """restic from Debian."""

    def __init__(self, work: Path) -> None:
        self.mail, self.repository, self.out = work / "mail", work / "restic", work / "out-restic"
        self.environment = {**os.environ, "RESTIC_PASSWORD": "benchmark", "RESTIC_REPOSITORY": str(self.repository),
                            "RESTIC_CACHE_DIR": str(work / "cache")}  # fmt: skip

    def measure(self) -> Figures:
        def run(*words: object) -> float:
            return timed("restic", "--quiet", *words, environment=self.environment)

        run("init")
        figures = {"ingest": run("backup", self.mail), "unchanged again": run("backup", self.mail)}
        remove_half(self.mail)
        run("backup", self.mail)
        figures["listing"] = run("ls", "--long", "latest")
        figures["compaction"] = run("forget", "--keep-last", "1", "--prune", "--max-unused", "0")
        figures["export"] = run("restore", "latest", "--target", self.out)
        figures["bytes left"] = _size(self.repository)
        return figures


class Borg:
    """borg from Debian, zstd 3."""

    def __init__(self, work: Path) -> None:
        self.mail, self.repository, self.out = work / "mail", work / "borg", work / "out-borg"
        self.out.mkdir()
        self.environment = {**os.environ, "BORG_PASSPHRASE": "benchmark", "BORG_BASE_DIR": str(work / "borg-base")}

    def measure(self) -> Figures:
        def run(*words: object, cwd: Path = ROOT) -> float:
            return timed("borg", *words, environment=self.environment, cwd=cwd)

        def create(name: str) -> float:
            return run("create", "--compression", "zstd,3", f"{self.repository}::{name}", self.mail)

        run("init", "--encryption", "repokey-blake2", self.repository)
        figures = {"ingest": create("1"), "unchanged again": create("2")}
        remove_half(self.mail)
        create("3")
        figures["listing"] = run("list", f"{self.repository}::3")
        figures["compaction"] = run("prune", "--keep-last", "1", self.repository) + run(
            "compact", "--threshold", "0", self.repository
        )
        figures["export"] = run("extract", f"{self.repository}::3", cwd=self.out)
        figures["bytes left"] = _size(self.repository)
        return figures


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@contextmanager
def a_copy(mail: Path):
    """A folder of work with the mail in it."""
    with tempfile.TemporaryDirectory(prefix="legalhold-bench-") as folder:
        shutil.copytree(mail, Path(folder) / "mail")
        yield Path(folder)


def report(found: dict[str, Figures], mails: int, size: int, versions: list[str], command: str) -> str:
    """The table: seconds, items and MB a second; then each peer's time over ours."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    head = "| step | items | " + " | ".join(found) + " |"
    lines = [
        "# Benchmarks", "",
        f"Command: `{command}`  ",
        f"Date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit}, two cores shared with other work, one run  ",
        f"Mail: {mails:,} generated messages, {size / 1e6:.0f} MB; half of them are gone before the compaction  ",
        f"Peers: {', '.join(versions)}", "", "Seconds (items a second, MB a second):", "", head, "| --- | ---: |" + " ---: |" * len(found),
    ]  # fmt: skip
    for step in STEPS:
        share = 0.5 if step in {"export", "listing"} else 1
        cells = [
            f"{one[step]:.1f} ({mails * share / one[step]:,.0f}/s, {size * share / 1e6 / one[step]:.1f})"
            for one in found.values()
        ]
        lines.append(f"| {step} | {mails * share:,.0f} | " + " | ".join(cells) + " |")
    lines.append(
        "| bytes left, MB | | " + " | ".join(f"{one['bytes left'] / 1e6:.1f}" for one in found.values()) + " |"
    )
    ours = found["ours, SQLite"]
    peers = {name: one for name, one in found.items() if not name.startswith("ours")}
    lines += ["", "A peer's time over ours on SQLite (above 1: ours is faster):", "", "| step | " + " | ".join(peers) + " |",
              "| --- |" + " ---: |" * len(peers)]  # fmt: skip
    lines += [
        f"| {step} | " + " | ".join(f"{one[step] / ours[step]:.2f}" for one in peers.values()) + " |" for step in STEPS
    ]
    lines += [
        "",
        NOTES.format(
            create=", ".join(
                f"{one['of it: create']:.1f} s on {name.removeprefix('ours, ')}"
                for name, one in found.items()
                if name.startswith("ours")
            )
        ),
    ]
    return "\n".join(lines)


NOTES = """## How to read it
These are a starting line, not a goal. Ours includes what the peers don't do: parsing every message for its dates and
facts, a row per version in a database that flushes every commit, the ledger, the journal, audit events and their seal,
and a start of Python and Django in each command. *Compaction* is `retention apply` and `compact --full --grace 0s` beside
`restic forget --prune --max-unused 0` and `borg prune` + `borg compact --threshold 0`; ours also writes tombstones and
rewrites manifests. *Export* is `export create` ({create}: layout, index, digests of every file) and `export write` beside a
restore. *Listing* prints the newest snapshot's items by the library, as no command does. Borg checks no data it restores
against a second digest; ours reads each file's SHA-256. Which pages are cached is whatever the run before left.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--write", action="store_true", help="write docs/evidence/benchmarks.md")
    given = parser.parse_args()
    versions = [subprocess.run(words, capture_output=True, text=True, check=True).stdout.split(" compiled")[0].strip()
                for words in (["restic", "version"], ["borg", "--version"])]  # fmt: skip
    found: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory(prefix="legalhold-mail-") as folder:
        mail = Path(folder) / "mail"
        size = write_mail(mail, given.mails)
        for name, peer in (("ours, SQLite", House), ("restic", Restic), ("borg", Borg)):
            with a_copy(mail) as work:
                found[name] = peer(work).measure()
        with running_server() as address, a_copy(mail) as work:
            found["ours, PostgreSQL"] = House(work, address).measure()
    text = report(
        found, given.mails, size, versions, f".venv/bin/python -m tests.benchmarks.archives --mails {given.mails}"
    )
    print(text)
    if given.write:
        EVIDENCE.write_text(text)


if __name__ == "__main__":
    main()
