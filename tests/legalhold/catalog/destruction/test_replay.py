"""What a history leaves in the journal brings pins, tombstones and removed sources back into an empty catalog."""

from __future__ import annotations

import json

from django.db import connection

from legalhold.catalog import replay as catalog_replay
from legalhold.catalog import replay_pins
from legalhold.catalog.destruction import end_pins, replay
from legalhold.catalog.models import LIVE, Pack, Pin, PinVersion, Snapshot, Source, Tombstone
from legalhold.catalog.pins import PinSpec, freeze, place_pins
from legalhold.database import gate, guard
from legalhold.database.rows import execute
from legalhold.journal.models import OutboxEntry
from legalhold.matters.models import Matter

HANDLERS = {**catalog_replay.HANDLERS, **replay_pins.HANDLERS, **replay.HANDLERS}


def entries() -> list[tuple[str, dict, object]]:
    rows = OutboxEntry.objects.order_by("pk")
    return [(row.verb, json.loads(bytes(row.payload)), row.recorded_at) for row in rows]


def pin_rows() -> list[tuple]:
    columns = "key label reason owner matter target source custodian group kinds dated_from dated_to placed_at ended_at"
    return list(Pin.objects.order_by("key").values_list(*columns.split()))


def forget(*tables: str) -> None:
    """Empty tables as if they had never been filled."""
    with connection.cursor() as cursor:
        for table in tables:
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(f"ALTER TABLE catalog_{table} DISABLE TRIGGER USER")
            else:
                cursor.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [f"catalog_{table}"]
                )
                for (name,) in cursor.fetchall():
                    cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(f"DELETE FROM catalog_{table}")


def replay_all(told) -> None:
    for verb, payload, at in told:
        HANDLERS[verb](payload, at)


def test_pins_are_replayed_as_they_were(house, at, on_day):
    matter = Matter.objects.create(name="Smith v. Jones", opened_at=at)
    person = house.custodian()
    source = house.source(person, snapshots=1)
    versions = [house.version(source, 1) for _ in range(3)]
    with guard.exclusive():
        placed = place_pins(
            specs=[
                PinSpec(
                    "A",
                    "hold:1",
                    "source",
                    "why",
                    matter,
                    source=source,
                    kinds=6,
                    dated_from=on_day(1),
                    dated_to=on_day(3),
                ),
                PinSpec("B", "hold:1", "custodian", custodian=person),
                PinSpec("C", "hold:1", "group", group=house.group(person)),
                PinSpec("D", "hold:2", "all"),
            ],
            at=at,
        )
    frozen = freeze(cover=PinSpec("E", "export:1", "all"), versions=lambda: [row.pk for row in versions[:2]], at=at)
    end_pins(keys=[placed.pins[3].key], at=at)
    before, told = pin_rows(), entries()
    forget("pinversion", "pin")

    replay_all(told)

    assert pin_rows() == before
    again = Pin.objects.get(key=frozen.key)
    rows = PinVersion.objects.filter(pin_id=again.pk).values_list("version_id", flat=True)
    assert sorted(rows) == [versions[0].pk, versions[1].pk]


def test_version_destroyed_while_live_is_replayed_as_live(house, compact):
    source = house.source(snapshots=1)
    house.version(source, 1)
    with gate.opened():
        execute("UPDATE catalog_source SET state = 'removing'")
    compact()
    told = entries()
    forget("tombstone")

    replay_all(row for row in told if row[0] == "version.destroyed")

    assert Tombstone.objects.get().last_seen == LIVE


def test_removed_source_and_condemned_pack_are_replayed(house, at):
    source, empty = house.source(), house.pack()
    used = Pack.objects.get(pk=house.pack().pk)
    house.content(b"x", pack=used)

    HANDLERS["source.removed"]({"source": str(source.key), "epoch": 1}, at)
    HANDLERS["pack.condemned"]({"run": "r", "packs": [empty.name, used.name, "packs/no/more"]}, at)

    assert Source.objects.get().state == "removing"
    states = dict(Pack.objects.values_list("pk", "state"))
    assert (states[empty.pk], states[used.pk]) == ("condemned", "live")


def test_rewritten_manifest_is_named_where_it_is_there(house, at):
    source = house.source(snapshots=1)
    old, new = house.content(b"old"), house.content(b"new")
    Snapshot.objects.update(manifest_content=old.pk)
    payload = {"source": str(source.key), "sequence": 1, "manifest": bytes(new.content_digest).hex()}

    HANDLERS["manifest.rewritten"](payload, at)
    HANDLERS["manifest.rewritten"]({**payload, "manifest": "00" * 32}, at)

    assert Snapshot.objects.get().manifest_content == new.pk
