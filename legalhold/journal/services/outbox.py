"""What an act records in its own transaction, and what of it isn't written into the chain yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import connection
from django.db.transaction import TransactionManagementError

from legalhold.archive import JournalEntry, canonical_json
from legalhold.database import rows
from legalhold.database.fields import to_micros
from legalhold.journal.services.head import require_unfrozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

OBJECT_BYTES: Final = 1024 * 1024
"""Entries of one journal object together; a single greater one gets an object of its own. Rebuild reads one at a time."""

LOOK_AHEAD: Final = 10_000
"""Entries considered for one object."""

UNWRITTEN: Final = "SELECT id, verb, payload, recorded_at FROM journal_outboxentry WHERE sequence IS NULL"


class Waiting(NamedTuple):
    """A committed outbox row that no durable object holds yet."""

    id: int
    entry: JournalEntry


def append(*, verb: str, payload: Mapping[str, object], at: datetime) -> None:
    """Record one fact in the caller's transaction. Raises ``JournalFrozen``, and an error outside a transaction.

    ``payload`` names things by key or digest, never by row id, and is enough to replay the fact.
    """
    append_all(entries=[(verb, payload)], at=at)


def append_all(*, entries: Iterable[tuple[str, Mapping[str, object]]], at: datetime) -> None:
    """Record many facts of one act in the caller's transaction, in order."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("journal entries are appended in the transaction of the act they record")
    require_unfrozen()
    recorded_at = to_micros(at)
    rows.insert_rows(
        table="journal_outboxentry",
        columns=("verb", "payload", "recorded_at"),
        rows=[(verb, canonical_json(payload), recorded_at) for verb, payload in entries],
    )


def newest_unwritten() -> int | None:
    """Return the greatest id of what is unwritten; what the caller has committed has at most that."""
    (newest,) = rows.fetch("SELECT MAX(id) FROM journal_outboxentry WHERE sequence IS NULL")[0]
    return None if newest is None else int(newest)


def next_batch(*, up_to: int) -> list[Waiting]:
    """Return the unwritten rows of the next object in the order of their ids: at least one, ``OBJECT_BYTES`` together.

    Unwritten is what has no sequence, never "id > last": a transaction that commits late has a smaller id.
    """
    lengths = rows.fetch(
        "SELECT id, length(payload) FROM journal_outboxentry WHERE sequence IS NULL AND id <= %s ORDER BY id LIMIT %s",
        [up_to, LOOK_AHEAD],
    )
    chosen: list[int] = []
    total = 0
    for number, length in lengths:
        total += length
        if chosen and total > OBJECT_BYTES:
            break
        chosen.append(number)
    found = rows.fetch(f"{UNWRITTEN} AND {rows.any_id('id')} ORDER BY id", [rows.ids(chosen)]) if chosen else []
    return [_waiting(row) for row in found]


def matching_ids(*, entries: Sequence[JournalEntry]) -> list[int] | None:
    """Return the ids of unwritten rows that say what ``entries`` say, in the same order; None if one of them is missing.

    Rows between them are allowed: they were committed after the entries were read.
    """
    found: list[int] = []
    for waiting in _all_unwritten():
        if len(found) < len(entries) and waiting.entry == entries[len(found)]:
            found.append(waiting.id)
    return found if len(found) == len(entries) else None


def _all_unwritten() -> Iterator[Waiting]:
    after = 0
    while chunk := rows.fetch(f"{UNWRITTEN} AND id > %s ORDER BY id LIMIT 500", [after]):
        yield from map(_waiting, chunk)
        after = chunk[-1][0]


def _waiting(row: Sequence[object]) -> Waiting:
    number, verb, payload, recorded_at = row
    assert isinstance(number, int)
    assert isinstance(payload, bytes | memoryview)
    assert isinstance(recorded_at, int)
    return Waiting(number, JournalEntry(verb=str(verb), payload=bytes(payload), at=recorded_at))
