"""How long the database works to place one hold on many custodians; nothing is asserted.

Usage: python tests/benchmarks/hold_placement.py [CUSTODIANS [VERSIONS]]           on SQLite, in a temporary folder
       python tests/postgres.py python tests/benchmarks/hold_placement.py          on a PostgreSQL server of its own

Each custodian has two sources with as many versions as the others; in the second half of the rounds one in a hundred of
them is condemned and has to be rescued.
The goal is under 100 ms of database time for 500 custodians.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CONDEMNED_EACH = 100
ROUNDS = 5


class Stopwatch:
    """Adds up the seconds of what it wraps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.is_running = False

    def __call__(self, execute, sql, params, many, context):
        return self.measure(lambda: execute(sql, params, many, context))

    def measure(self, act):
        began, self.is_running = time.perf_counter(), True
        try:
            return act()
        finally:
            self.is_running = False
            self.seconds += time.perf_counter() - began


def fill(custodians: int, versions: int) -> None:
    """Make people, two sources each, and their versions, spread evenly."""
    from legalhold.catalog.models import LIVE, Source, SourceCustodian
    from legalhold.custodians.models import Custodian
    from legalhold.database import rows
    from legalhold.database.fields import to_micros

    people = Custodian.objects.bulk_create(Custodian(name=f"Person {n}", created_at=AT) for n in range(custodians))
    sources = Source.objects.bulk_create(
        Source(kind="mailbox", name=f"Mailbox {n}", created_at=AT) for n in range(2 * custodians)
    )
    SourceCustodian.objects.bulk_create(
        SourceCustodian(source=source, custodian=people[number // 2], from_at=AT)
        for number, source in enumerate(sources)
    )
    columns = (
        "source_id", "folder_id", "item_key", "name", "kind", "first_seen", "last_seen", "size_bytes", "content_id",
        "exceptions", "condemned_at", "condemned_counted_us",
    )  # fmt: skip
    condemned = (to_micros(AT), 0)
    rows.insert_rows(
        table="catalog_version",
        columns=columns,
        rows=(
            (sources[n % len(sources)].pk, 1, b"%d" % n, b"name", 1, 1, 1 if n % CONDEMNED_EACH == 0 else LIVE, 1000, n + 1,
             "", *(condemned if n % CONDEMNED_EACH == 0 else (None, None)))
            for n in range(versions)
        ),
    )  # fmt: skip
    rows.execute("ANALYZE")


def condemn_again(*, is_rescue: bool) -> int:
    """Put back the marks that the hold before this one cleared, as if it hadn't been there."""
    from legalhold.catalog.models import LIVE
    from legalhold.database import gate, guard, rows
    from legalhold.database.fields import to_micros

    with guard.exclusive(), gate.opened():
        rows.execute("UPDATE catalog_pin SET ended_at = %s WHERE ended_at IS NULL", [to_micros(AT)])
        changed = rows.execute(
            f"UPDATE catalog_version SET condemned_at = %s, condemned_counted_us = %s WHERE last_seen < {LIVE}",
            [to_micros(AT), 0] if is_rescue else [None, None],
        )
    return changed if is_rescue else 0


def place(name: str, archive) -> tuple[float, float, float, object]:
    """Place one hold on everybody; returns seconds in the database, in the act up to its commit, and in the flush."""
    from django.db import connection

    from legalhold.custodians.models import Custodian
    from legalhold.holds.services import Targets, draft_hold, place_hold, placing
    from legalhold.matters.access import system_access
    from legalhold.matters.services import create_matter

    access = system_access(actor="system:benchmark")
    matter = create_matter(name=f"Matter {name}", access=access, at=AT)
    hold = draft_hold(matter=matter, name="Hold", access=access, at=AT)
    targets = Targets(custodians=list(Custodian.objects.order_by("pk")))
    sql, act, flushing = Stopwatch(), Stopwatch(), Stopwatch()
    acknowledge = placing.journal.acknowledge
    placing.journal.acknowledge = lambda **given: flushing.measure(lambda: acknowledge(**given))

    commit = connection._commit
    connection._commit = lambda: sql.measure(commit) if not flushing.is_running else commit()

    def placed():
        with connection.execute_wrapper(lambda *given: given[0](*given[1:]) if flushing.is_running else sql(*given)):
            return place_hold(hold=hold, targets=targets, archive=archive, access=access, at=AT)

    try:
        done = act.measure(placed)
    finally:
        placing.journal.acknowledge = acknowledge
        del connection._commit
    return sql.seconds, act.seconds - flushing.seconds, flushing.seconds, done


def measure(archive, custodians: int, *, is_rescue: bool) -> None:
    """Place holds one after the other, each as if the others weren't there, and print what they took."""
    found = []
    for number in range(ROUNDS):
        marked = condemn_again(is_rescue=is_rescue)
        in_database, in_act, in_flush, placed = place(f"{number} {is_rescue}", archive)
        assert (placed.pins, placed.rescued) == (custodians, marked), placed
        found.append((in_database, in_act, in_flush))
    columns = [median(column) * 1000 for column in zip(*found, strict=True)]
    best = min(in_database for in_database, _, _ in found) * 1000
    print(f"  {custodians} pins, {marked:,} versions rescued, median of {ROUNDS}:", end=" ")
    print(f"{columns[0]:.0f} ms in the database", f"(best {best:.0f}),", end=" ")
    print("{:.0f} ms to the commit, {:.0f} ms more until the journal is durable".format(*columns[1:]))


def main() -> None:
    custodians = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    versions = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"LEGALHOLD_HOME": f"{folder}/home", "DJANGO_SETTINGS_MODULE": "legalhold.conf.settings"}
        Path(folder, "home").mkdir()
        run(Path(folder), custodians, versions)


def run(folder: Path, custodians: int, versions: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    from legalhold.archive import create_archive, create_master_key

    call_command("migrate", verbosity=0, interactive=False)
    master = create_master_key(folder / "keys" / "master.key", random=secrets.token_bytes)
    archive = create_archive(root=folder / "archive", master=master, random=secrets.token_bytes)
    with transaction.atomic():
        fill(custodians, versions)
    print(f"{connection.vendor}: {custodians} custodians, {2 * custodians} sources, {versions:,} versions")
    for is_rescue in (False, True):
        measure(archive, custodians, is_rescue=is_rescue)
    connection.close()


if __name__ == "__main__":
    main()
