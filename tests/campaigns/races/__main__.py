"""Races holds and ingests against compaction on both databases, with and without mutants, and writes what was lost.

Usage: .venv/bin/python -m tests.campaigns.races [--histories 2000] [--mutants 300] [--only sqlite|postgresql] [--write]
[--outcomes FILE]. What stands in FILE already is not run again, so a campaign that was cut short goes on.
Exits 1 if anything was lost without a mutant, or if a mutant did no harm.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from tests.postgres import running_server

ROOT = Path(__file__).resolve().parents[3]
EVIDENCE = ROOT / "docs" / "evidence" / "races.md"
NONE = "none"
DATABASES = ("sqlite", "postgresql")


def run_races(*orders: str, address: str | None) -> list[dict]:
    """Race in a process of its own; each order is ``KIND:HISTORIES`` or ``KIND:HISTORIES:MUTANT``."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("LEGALHOLD_", "DATABASE_URL"))
    }
    environment |= {"DATABASE_URL": address} if address else {}
    done = subprocess.run(
        [sys.executable, "-m", "tests.campaigns.races.race", *orders], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def names(database: str) -> dict[str, list[tuple[str, str]]]:
    """Which mutants must lose something, which must leave a wrong mark, and which another rule saves."""
    from tests.campaigns.races.families import DEDUP, HOLD, MARKS, SAVED

    return {
        "lose": [*(("hold", name) for name in HOLD[database]), *(("ingest", name) for name in DEDUP[database])],
        "mark": [("ingest", name) for name in MARKS[database]],
        "saved": [("hold", name) for name in SAVED[database]],
    }


def judge(outcomes: list[dict], database: str) -> list[str]:
    """Return what isn't as it must be."""
    must_lose, must_mark = ({name for _, name in names(database)[what]} for what in ("lose", "mark"))
    wrong = []
    for one in outcomes:
        harm, what = one["lost"] + one.get("wrong_marks", 0), f"{one['kind']} on {database} with {one['mutant']}"
        if one["mutant"] == NONE and (harm or one["errors"]):
            wrong.append(f"{what}: lost {one['lost']}, harm {harm}, errors {one['errors']}")
        if one["mutant"] in must_lose and not one["lost"]:
            wrong.append(f"{what} lost nothing")
        if one["mutant"] in must_mark and not harm:
            wrong.append(f"{what} did no harm")
    return wrong


def report(outcomes: list[dict], wrong: list[str], command: str) -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    lines = [
        "# Races", "", "Real processes, real commits, a barrier before each history: `tests/campaigns/races/`.", "",
        f"Command: `{command}`  ", f"Date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit.stdout.strip()}, on two cores"
        " shared with other work", "",
        "| database | race | mutant | histories | lost | in use but marked dead | a second |", "| --- | --- | --- | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for one in outcomes:
        lines.append(
            f"| {one['database']} | {one['kind']} | {one['mutant'].replace('_', ' ')} | {one['histories']:,} |"
            f" {one['lost']:,} | {one.get('wrong_marks', '–')} | {one['histories'] / max(one['seconds'], 0.1):.0f} |"
        )
    contested = [f"{one['database']}: placed in time {one['placed_in_time']:,} of {one['histories']:,}" for one in outcomes
                 if one["mutant"] == NONE and one["kind"] == "hold"]  # fmt: skip
    reused = [f"{one['database']}: deduplicated {one['deduplicated']:,}, swept and stored again"
              f" {one['histories'] - one['deduplicated']:,}" for one in outcomes
              if one["mutant"] == NONE and one["kind"] == "ingest"]  # fmt: skip
    lines += [
        "",
        "Both sides win: " + "; ".join([*contested, *reused]) + ".",
        "",
        *(f"**{text}**" for text in wrong),
        NOTES,
    ]
    return "\n".join(lines)


NOTES = """
## How to read it
- *hold*: two compactors condemn, mature and destroy a source's ten versions while a pin is placed on the source or its
  custodian, or the source becomes a pinned custodian's. Lost: a history in which a version that was there when placing had
  returned is gone in the end. Every second placing goes on for 8 ms between its rescue and its commit, as one of many
  custodians does.
- *ingest*: two compactors destroy a version and sweep its content and part while an ingest captures the same bytes again.
  Lost: a version whose content, part or live pack isn't there in the end.
- The triggers that look again at pins and references are dropped in a mutant's database, so that the mutant's own harm shows.
- *no guard* alone lost a tenth of the histories here: placing looks for what to bring back only where its pins reach, so that
  seldom a row lock orders it against a batch. *no guard and no rescue* takes that order away altogether.
- *hold check outside the delete* alone loses nothing: the rescue clears the mark that the DELETE reads too.
  *hold check before the lock* looks once and relies on it in the marks as well.
- *for share* and *for key share* alone leave what is in use marked dead; that it isn't swept is owed to the sweep, which
  locks by one statement and looks by the next. *… against one statement* takes that away.
- A mark that looks before it locks marks what is in use; a sweep that looks before it locks loses it.
"""


def orders(database: str, given: argparse.Namespace) -> list[str]:
    """What is run on a database: both races, then every mutant in its race."""
    mutated = [f"{kind}:{given.mutants}:{name}" for some in names(database).values() for kind, name in some]
    return [f"hold:{given.histories}", f"ingest:{given.histories}", *mutated]


def _keep(path: Path | None, outcome: dict) -> None:
    line = json.dumps(outcome) + "\n"
    sys.stderr.write(line)
    if path:
        with path.open("a") as file:
            file.write(line)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=2000)
    parser.add_argument("--mutants", type=int, default=300, metavar="HISTORIES")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument(
        "--outcomes", type=Path, metavar="FILE", help="keep each outcome here, and skip those that are here"
    )
    parser.add_argument("--write", action="store_true", help="write docs/evidence/races.md")
    given = parser.parse_args()
    outcomes = (
        [json.loads(line) for line in given.outcomes.read_text().splitlines()]
        if given.outcomes and given.outcomes.exists()
        else []
    )
    for database in DATABASES:
        if given.only in {None, database}:
            with ExitStack() as stack:
                address = stack.enter_context(running_server()) if database == "postgresql" else None
                for order in orders(database, given):
                    if not any(one["order"] == order and one["database"] == database for one in outcomes):
                        [one] = run_races(order, address=address)
                        outcomes.append(one | {"order": order})
                        _keep(given.outcomes, outcomes[-1])
    outcomes.sort(key=lambda one: (DATABASES.index(one["database"]), one["mutant"] != NONE))
    wrong = [
        text
        for database in DATABASES
        for text in judge([one for one in outcomes if one["database"] == database], database)
    ]
    text = report(
        outcomes,
        wrong,
        f".venv/bin/python -m tests.campaigns.races --histories {given.histories} --mutants {given.mutants}",
    )
    print(text)
    if given.write:
        EVIDENCE.write_text(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
