"""Placing pins rescues, freezing covers while it writes, ending is once and recorded."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from legalhold.catalog import pins as module
from legalhold.catalog.destruction import end_pins
from legalhold.catalog.identities import read_identities
from legalhold.catalog.models import Pin, PinVersion, Version
from legalhold.catalog.pins import GuardNotHeld, PinDatesInverted, PinSpec, VersionGone, freeze, place_pins
from legalhold.database import gate, guard
from legalhold.journal.models import OutboxEntry
from legalhold.matters.models import Matter


def journaled(verb: str) -> list[dict]:
    return [json.loads(bytes(row.payload)) for row in OutboxEntry.objects.filter(verb=verb).order_by("pk")]


@pytest.fixture
def condemned(house, at):
    def make(source, **columns):
        return house.version(source, 1, 1, condemned_at=at, condemned_counted_us=5, destroyable_at=at, **columns)

    return make


def place(at, *specs):
    with guard.exclusive():
        return place_pins(specs=list(specs), at=at)


def test_placing_rescues_what_is_condemned_and_held_now(house, condemned, at):
    person = house.custodian()
    mine, other = house.source(person, snapshots=2), house.source(snapshots=2)
    saved, lost = condemned(mine), condemned(other)

    placed = place(at, PinSpec("Smith v. Jones", "hold:1", "custodian", custodian=person))

    assert (placed.rescued, placed.rescued_bytes) == (1, saved.size_bytes)
    saved.refresh_from_db()
    lost.refresh_from_db()
    assert (saved.condemned_at, saved.condemned_counted_us, saved.destroyable_at) == (None, None, None)
    assert (lost.condemned_at, lost.destroyable_at) == (at, at)


def test_placed_pins_are_in_the_journal_by_key(house, at, on_day, micros):
    matter = Matter.objects.create(name="Smith v. Jones", opened_at=at)
    source, person = house.source(), house.custodian()
    group = house.group(person)
    specs = [
        PinSpec(
            "A", "hold:1", "source", "reason", matter, source=source, kinds=2, dated_from=on_day(1), dated_to=on_day(2)
        ),
        PinSpec("B", "hold:1", "custodian", custodian=person),
        PinSpec("C", "hold:1", "group", group=group),
        PinSpec("D", "hold:1", "all"),
    ]

    placed = place(at, *specs)

    [entry] = journaled("pin.placed")
    assert [(row["target"], row["on"]) for row in entry["pins"]] == [
        ("source", str(source.key)),
        ("custodian", str(person.key)),
        ("group", str(group.key)),
        ("all", None),
    ]
    first = {"label": "A", "owner": "hold:1", "reason": "reason", "matter": str(matter.key), "kinds": 2}
    assert entry["pins"][0].items() >= first.items()
    assert (entry["pins"][0]["dated_from"], entry["pins"][0]["dated_to"]) == (micros(on_day(1)), micros(on_day(2)))
    assert [row["key"] for row in entry["pins"]] == [str(pin.key) for pin in placed.pins]
    assert list(Pin.objects.order_by("pk")) == list(placed.pins)


def test_placing_nothing_writes_nothing(db, at):
    assert place(at).pins == ()
    assert OutboxEntry.objects.count() == 0


def test_inverted_dates_are_refused(db, at, on_day):
    with pytest.raises(PinDatesInverted):
        place(at, PinSpec("A", "hold:1", "all", dated_from=on_day(2), dated_to=on_day(1)))

    assert Pin.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_placing_without_the_guard_is_refused(at):
    from django.db import transaction

    with pytest.raises(GuardNotHeld):
        place_pins(specs=[PinSpec("A", "hold:1", "all")], at=at)
    with guard.shared():
        assert module.guard_is_held() is (connection.vendor == "sqlite")
    with guard.exclusive():
        assert module.guard_is_held()
    with transaction.atomic():
        assert module.guard_is_held() is (connection.vendor == "sqlite")
    assert Pin.objects.count() == 0


def test_pins_end_once_and_are_recorded(house, at):
    first, second, other = house.pin("all"), house.pin("all"), house.pin("all")

    assert end_pins(keys=[first.key, second.key], at=at, because="released") == 2
    assert end_pins(keys=[first.key], at=at) == 0

    assert [pin.ended_at for pin in Pin.objects.order_by("pk")] == [at, at, None]
    [entry] = journaled("pin.ended")
    assert entry == {"pins": sorted([str(first.key), str(second.key)]), "because": "released"}
    assert other.ended_at is None


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(module, "FROZEN_BATCH", 2)


def test_freezing_pins_exactly_the_rows_and_ends_its_cover(house, at, small_batches):
    source, other = house.source(snapshots=1), house.source(snapshots=1)
    versions = [house.version(source, 1), house.version(other, 1), house.version(source, 1)]
    house.version(source, 1)
    standing = []

    def listed():
        standing.append(Pin.objects.filter(ended_at=None, target="source").count())
        return [version.pk for version in versions]

    pin = freeze(cover=PinSpec("C", "collection:1", "source", source=source), versions=listed, at=at)

    assert standing == [1]
    rows = PinVersion.objects.filter(pin_id=pin.pk).values_list("version_id", flat=True)
    assert sorted(rows) == [version.pk for version in versions]
    assert (pin.target, pin.owner, Pin.objects.get(pk=pin.pk).ended_at) == ("frozen", "collection:1", None)
    assert Pin.objects.filter(ended_at=None).count() == 1
    entries = journaled("pin.frozen")
    assert [entry["pin"] for entry in entries] == [str(pin.key)] * 2
    digests = {row.version_id: row.version_digest.hex() for row in read_identities(versions=[v.pk for v in versions])}
    assert entries[0]["versions"] == {
        str(source.key): [digests[versions[0].pk]],
        str(other.key): [digests[versions[1].pk]],
    }
    assert entries[1]["versions"] == {str(source.key): [digests[versions[2].pk]]}


def test_freezing_even_batches_writes_them_all(house, at, small_batches):
    source = house.source(snapshots=1)
    versions = [house.version(source, 1).pk for _ in range(4)]

    pin = freeze(cover=PinSpec("C", "export:1", "all"), versions=lambda: versions, at=at)

    assert PinVersion.objects.filter(pin_id=pin.pk).count() == 4


def test_freezing_what_is_gone_is_refused_and_leaves_no_pin_standing(house, at, small_batches):
    source = house.source(snapshots=1)
    versions = [house.version(source, 1).pk for _ in range(3)]
    with gate.opened():
        Version.objects.filter(pk=versions[2]).delete()

    with pytest.raises(VersionGone, match="1 versions to freeze don't exist"):
        freeze(cover=PinSpec("C", "export:1", "all"), versions=lambda: versions, at=at)

    assert Pin.objects.filter(ended_at=None).count() == 0


def test_crash_while_freezing_leaves_the_cover_standing(house, at):
    source = house.source(snapshots=1)

    class Crash(Exception):
        pass

    def crash():
        raise Crash

    with pytest.raises(Crash):
        freeze(cover=PinSpec("C", "export:1", "source", source=source), versions=crash, at=at)

    assert Pin.objects.filter(ended_at=None, target="source").count() == 1
