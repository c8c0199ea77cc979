"""The same statements give the same rows on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import transaction

from legalhold.database import rows
from legalhold.database.fields import InstantField, from_micros, to_micros
from legalhold.journal.models import OutboxEntry

TABLE = "journal_outboxentry"
COLUMNS = ("verb", "payload", "recorded_at", "sequence")
NOON = datetime(2026, 3, 2, 12, 0, 0, 7, tzinfo=UTC)


def insert(count):
    values = [
        (f"verb.{number}", bytes([number % 256, 0, 92, 10]), to_micros(NOON) + number, None) for number in range(count)
    ]
    rows.insert_rows(table=TABLE, columns=COLUMNS, rows=iter(values))
    return [row[0] for row in rows.fetch(f"SELECT id FROM {TABLE} ORDER BY id")]


def test_rows_come_back_as_they_went_in(db):
    insert(3)

    stored = rows.fetch(f"SELECT verb, payload, recorded_at, sequence FROM {TABLE} ORDER BY id")

    assert [(verb, bytes(payload), at, sequence) for verb, payload, at, sequence in stored] == [
        ("verb.0", b"\x00\x00\\\n", to_micros(NOON), None),
        ("verb.1", b"\x01\x00\\\n", to_micros(NOON) + 1, None),
        ("verb.2", b"\x02\x00\\\n", to_micros(NOON) + 2, None),
    ]


def test_no_rows_are_no_error(db):
    assert insert(0) == []


def test_any_id_takes_many_ids_as_one_parameter(db):
    numbers = insert(1500)

    changed = rows.execute(f"UPDATE {TABLE} SET sequence = 1 WHERE {rows.any_id('id')}", [rows.ids(numbers[1:])])

    assert changed == 1499
    assert rows.execute(f"UPDATE {TABLE} SET sequence = 1 WHERE {rows.any_id('id')}", [rows.ids([])]) == 0


def test_locked_rows_are_the_selected_ones(db):
    numbers = insert(3)

    with transaction.atomic():
        found = rows.fetch(
            rows.locked(f"SELECT id FROM {TABLE} WHERE {rows.any_id('id')} ORDER BY id"), [rows.ids(numbers[::-1])]
        )

    assert [row[0] for row in found] == numbers


def test_chunks_cover_every_value_once():
    values = [bytes([number % 256, number // 256]) for number in range(1201)]

    chunks = list(rows.in_chunks(values))

    assert [len(part) for _, part in chunks] == [500, 500, 201]
    assert [marks.count("%s") for marks, _ in chunks] == [500, 500, 201]
    assert [value for _, part in chunks for value in part] == values


def test_instant_is_stored_to_the_microsecond_and_compared_as_a_number(db):
    later = NOON.astimezone(timezone(timedelta(hours=5)))
    entry = OutboxEntry.objects.create(verb="a", payload=b"", recorded_at=later)

    assert OutboxEntry.objects.get(recorded_at=NOON).recorded_at == NOON
    assert OutboxEntry.objects.filter(recorded_at__lt=NOON + timedelta(microseconds=1)).get() == entry
    assert rows.fetch(f"SELECT recorded_at FROM {TABLE}") == [(1772452800000007,)]


def test_instants_before_1970_are_whole(db):
    at = datetime(1901, 12, 13, 20, 45, 51, 999999, tzinfo=UTC)

    assert from_micros(to_micros(at)) == at


def test_instant_without_a_zone_is_refused():
    with pytest.raises(TypeError):
        to_micros(datetime(2026, 1, 1))


def test_instant_is_read_from_a_number_or_a_time():
    field = InstantField()

    assert [field.to_python(value) for value in (0, NOON, None)] == [datetime(1970, 1, 1, tzinfo=UTC), NOON, None]
    assert [field.get_prep_value(value) for value in (NOON, 5, None)] == [to_micros(NOON), 5, None]
