"""Runs histories of one kind in three processes that meet before each, with or without a mutant, and says what was lost.

Usage: python -m tests.campaigns.races.race KIND:HISTORIES[:MUTANT] …   (KIND: hold or ingest)
Prints one JSON object for each. DATABASE_URL names a PostgreSQL server; without it, SQLite in a temporary folder.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

SPREAD_SECONDS = {"sqlite": 0.012, "postgresql": 0.008}
"""The sides of a history start at most so far apart: about as long as the longer side takes."""
PATIENCE_SECONDS = 60
NONE = "none"
FORK = multiprocessing.get_context("fork")


@contextmanager
def database():
    """Set Django up on a database of our own for the block."""
    with tempfile.TemporaryDirectory(prefix="legalhold-races-") as folder:
        address = os.environ.get("DATABASE_URL")
        os.environ |= {"DJANGO_SETTINGS_MODULE": "legalhold.conf.settings", "LEGALHOLD_HOME": folder}
        name = f"races_{os.getpid()}"
        if address:
            _on_server(address, f"CREATE DATABASE {name}")
            head, _, tail = address.partition("?")
            os.environ["DATABASE_URL"] = f"{head.rpartition('/')[0]}/{name}?{tail}"
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0, interactive=False)
        try:
            yield Path(folder)
        finally:
            connection.close()
            if address:
                _on_server(address, f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(address: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)


def race(kind: str, count: int, mutant: str, label: str, archive) -> dict:
    """Run ``count`` histories and return what they came to."""
    from django.db import connection

    from legalhold.catalog.triggers import install
    from tests.campaigns.races import histories, mutants

    if mutant == NONE:
        install(connection=connection)
    else:
        mutants.drop_second_looks()
    prepared = getattr(histories, f"prepare_{kind}s")(count, archive, label)
    capture = histories.begin_again(label, archive) if kind == "ingest" else None
    sides = _hold_sides() if kind == "hold" else _ingest_sides(capture)
    barrier, results = FORK.Barrier(len(sides)), FORK.SimpleQueue()
    began = time.monotonic()
    processes = [
        FORK.Process(target=_run, args=(side, number, prepared, mutant, barrier, results, connection.vendor))
        for number, side in enumerate(sides)
    ]
    for process in processes:
        process.start()
    said = dict(results.get() for _ in processes)
    for process in processes:
        process.join()
    seconds = time.monotonic() - began
    errors = Counter(error for one in said.values() for error in one["errors"])
    if kind == "hold":
        seen = said[len(sides) - 1]["seen"]
        lost, versions = histories.lost_versions(seen)
        outcome = {"lost": lost, "versions_lost": versions, "placed_in_time": sum(bool(one) for one in seen)}
    else:
        lost, wrong = histories.lost_contents(capture.snapshot.source_id)
        new = said[len(sides) - 1]["new"]
        outcome = {"lost": lost, "wrong_marks": wrong, "deduplicated": count - new}
    return {"kind": kind, "database": connection.vendor, "mutant": mutant, "histories": count, "seconds": round(seconds, 1),
            "errors": errors, **outcome}  # fmt: skip


def _hold_sides():
    from tests.campaigns.races import histories

    def compactor(history, number, kept) -> None:
        histories.compact_source(
            history, kept.setdefault("run", None) or kept.update(run=histories.running()) or kept["run"]
        )

    def placer(history, number, kept) -> None:
        kept.setdefault("seen", []).append(histories.place(history, number))

    return compactor, compactor, placer


def _ingest_sides(capture):
    from tests.campaigns.races import histories

    def compactor(history, number, kept) -> None:
        histories.destroy_and_sweep(
            history, kept.setdefault("run", None) or kept.update(run=histories.running()) or kept["run"]
        )

    def ingest(history, number, kept) -> None:
        histories.capture_again(capture, number, history)
        kept["new"] = capture.counts["captured_new"]

    return compactor, compactor, ingest


def _run(side, number: int, prepared: list, mutant: str, barrier, results, vendor: str) -> None:
    """One side, in a process of its own: meets the others before each history, then starts a little apart from them."""
    from tests.campaigns.races import mutants

    if mutant != NONE:
        mutants.MUTANTS[mutant]()
    kept: dict = {"seen": [], "new": 0}
    errors = []
    dice = random.Random(number)
    for turn, history in enumerate(prepared):
        barrier.wait(PATIENCE_SECONDS)
        time.sleep(dice.uniform(0, SPREAD_SECONDS[vendor]))
        try:
            side(history, turn, kept)
        except Exception as error:
            errors.append(f"{type(error).__name__}: {str(error).splitlines()[0][:100]}")
            kept["seen"] += [[]] * (turn + 1 - len(kept["seen"]))
    results.put((number, {"seen": kept["seen"], "new": kept["new"], "errors": errors}))
    os._exit(0)


def main() -> None:
    with database() as folder:
        from legalhold.archive import create_archive, create_master_key

        dice = random.Random(2026).randbytes
        master = create_master_key(folder / "keys" / "key", random=dice)
        archive = create_archive(root=folder / "archive", master=master, random=os.urandom)
        for number, order in enumerate(sys.argv[1:]):
            kind, count, *mutant = order.split(":")
            print(
                json.dumps(race(kind, int(count), mutant[0] if mutant else NONE, f"{order} {number}", archive)),
                flush=True,
            )


if __name__ == "__main__":
    main()
