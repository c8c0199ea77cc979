"""Kills an ingest, a compaction, an export and a first start again and again, on both databases, and writes what came of it.

Usage: .venv/bin/python -m tests.campaigns.kills [--random 20] [--seed 1] [--only sqlite|postgresql] [--write]
Exits 1 if anything acknowledged was lost, if a failpoint never fired, or if a planted fault went unnoticed.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.campaigns.kills.driver import ROOT, TASKS, Kills, killing
from tests.postgres import running_server

PLANTED = ROOT / "tests" / "campaigns" / "kills" / "planted.txt"
EVIDENCE = ROOT / "docs" / "evidence" / "kills.md"


@dataclass
class Outcome:
    """What one database's run came to."""

    database: str
    kills: Counter = field(default_factory=Counter)
    never_fired: list[str] = field(default_factory=list)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    unnoticed: list[str] = field(default_factory=list)
    noticed: dict[str, str] = field(default_factory=dict)
    failpoints: int = 0
    seconds: float = 0

    @property
    def is_good(self) -> bool:
        return not (self.never_fired or self.wrong or self.unnoticed)


def planted() -> dict[str, tuple[str, str]]:
    """Each planted fault, and the task and failpoint at which the kill must show it."""
    return {name: (task, point) for name, task, point in (line.split() for line in PLANTED.read_text().splitlines())}


def run(kills: Kills, outcome: Outcome, times: int, dice: random.Random) -> None:
    """Every failpoint in every task that passes it, at its first and at some later hit; random moments; planted faults."""
    outcome.failpoints, outcome.never_fired = len(kills.registered), kills.never_hit()
    for task in TASKS:
        for name, hits in sorted(kills.hits[task].items()):
            for nth in sorted({1, dice.randint(1, hits)}):
                _note(outcome, f"{task} at {name}:{nth}", kills.kill_at(task, name, nth))
                outcome.kills[f"{task} at failpoints"] += 1
        for number in range(times):
            _note(outcome, f"{task} at random {number}", kills.kill_at_random(task, dice))
            outcome.kills[f"{task} at random"] += 1
    for fault, (task, point) in planted().items():
        wrong = kills.kill_at(task, point, fault=fault)
        if wrong:
            outcome.noticed[fault] = wrong[0]
        else:
            outcome.unnoticed.append(fault)


def _note(outcome: Outcome, what: str, wrong: list[str] | None) -> None:
    if wrong is None:
        outcome.never_fired.append(what)
    elif wrong:
        outcome.wrong[what] = wrong
        print(f"WRONG {what}: {wrong[0]}", flush=True)


def report(outcomes: list[Outcome], command: str) -> str:
    """The evidence, as a page."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    lines = [
        "# Kills", "",
        "What is killed with SIGKILL, how it is judged, and which faults were planted: `tests/campaigns/kills/`.", "",
        f"Command: `{command}`  ", f"Date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit.stdout.strip()}, SQLite and"
        " PostgreSQL on one machine with two cores  ", "",
        "| database | kills at failpoints | at random moments | failpoints fired | something acknowledged lost,"
        " dangling or not resumed | planted faults noticed | seconds |", "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for one in outcomes:
        points = sum(n for what, n in one.kills.items() if what.endswith("failpoints"))
        moments = sum(n for what, n in one.kills.items() if what.endswith("random"))
        lines.append(
            f"| {one.database} | {points} | {moments} | {one.failpoints - len([n for n in one.never_fired if ' ' not in n])} of"
            f" {one.failpoints} | {len(one.wrong)} | {len(one.noticed)} of {len(one.noticed) + len(one.unnoticed)} |"
            f" {one.seconds:.0f} |"
        )
    lines += ["", "At random moments: " + ", ".join(
        f"{task} {outcomes[0].kills[f'{task} at random']}" for task in TASKS) + " times on each database.", "",
        "## Planted faults, and the first thing the checks said", "", "| fault | noticed as |", "| --- | --- |"]  # fmt: skip
    lines += [f"| {name} | {text} |" for name, text in outcomes[0].noticed.items()]
    lines += [f"| {name} | **not noticed** |" for one in outcomes for name in one.unnoticed]
    for one in outcomes:
        lines += [f"\nWrong on {one.database}: {what}: {wrong[0]}" for what, wrong in one.wrong.items()]
        lines += [f"\nNever fired on {one.database}: {what}" for what in one.never_fired]
    lines += ["", LIMITS]
    return "\n".join(lines)


LIMITS = """## What this doesn't show
A SIGKILL leaves the page cache whole, so a missing fsync can't be noticed this way; the order of temporary file, fsync,
link and folder fsync is tried by the store's own tests. On PostgreSQL the server is not killed, only its clients. A pack
row left `writing` stays until its lease (one hour) is over; the comparison of end states leaves such rows out.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=20, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--write", action="store_true", help="write docs/evidence/kills.md")
    given = parser.parse_args()
    outcomes = []
    for database in ("sqlite", "postgresql"):
        if given.only in (None, database):
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="legalhold-kills-")))
                address = stack.enter_context(running_server()) if database == "postgresql" else None
                outcome, began = Outcome(database), time.monotonic()
                run(stack.enter_context(killing(folder, address)), outcome, given.random, random.Random(given.seed))
                outcome.seconds = time.monotonic() - began
                outcomes.append(outcome)
    text = report(outcomes, f".venv/bin/python -m tests.campaigns.kills --random {given.random} --seed {given.seed}")
    print(text)
    if given.write:
        EVIDENCE.write_text(text)
    return 0 if all(one.is_good for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
