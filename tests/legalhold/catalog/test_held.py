"""What is held: each rule by itself, then all of them together against a reference written in plain Python."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalhold.catalog import held
from legalhold.catalog.models import LIVE

IS_HELD = held.is_held(version="v")
ENDED = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def is_held(condition):
    return lambda version: condition(IS_HELD, version)


def test_nothing_is_held_without_pins(house, is_held):
    version = house.version(house.source(snapshots=1), 1)

    assert not is_held(version)


def test_pin_on_everything_holds_until_it_ends(house, is_held):
    version = house.version(house.source(snapshots=1), 1)
    pin = house.pin("all")
    other = house.pin("all", ended_at=ENDED)

    assert is_held(version)
    assert other.ended_at == ENDED
    assert pin.ended_at is None


def test_ended_pin_holds_nothing(house, is_held):
    person = house.custodian()
    source = house.source(person, snapshots=1)
    version = house.version(source, 1)
    for target, on in (("source", source), ("custodian", person), ("group", house.group(person))):
        house.pin(target, on=on, ended_at=ENDED)
    house.pin("all", ended_at=ENDED)

    assert not is_held(version)


def test_source_pin_holds_that_source_alone(house, is_held):
    mine, other = house.source(snapshots=1), house.source(snapshots=1)
    held_version, free_version = house.version(mine, 1), house.version(other, 1)

    house.pin("source", on=mine)

    assert is_held(held_version)
    assert not is_held(free_version)


def test_custodian_pin_holds_sources_ever_associated(house, is_held):
    person, stranger = house.custodian(), house.custodian()
    past, present, foreign = (
        house.source(snapshots=1),
        house.source(person, snapshots=1),
        house.source(stranger, snapshots=1),
    )
    house.associate(past, person, to_at=datetime(2026, 1, 2, tzinfo=UTC))
    versions = [house.version(source, 1) for source in (past, present, foreign)]

    house.pin("custodian", on=person)

    assert [is_held(version) for version in versions] == [True, True, False]


def test_group_pin_holds_members_ever(house, is_held):
    past, present, stranger = (house.custodian() for _ in range(3))
    versions = [house.version(house.source(person, snapshots=1), 1) for person in (past, present, stranger)]
    group = house.group(present)
    house.join(group, past, to_at=datetime(2026, 1, 2, tzinfo=UTC))
    house.group(stranger)

    house.pin("group", on=group)

    assert [is_held(version) for version in versions] == [True, True, False]


def test_source_added_after_placing_is_held(house, is_held):
    person = house.custodian()
    house.pin("custodian", on=person)

    version = house.version(house.source(person, snapshots=1), 1)

    assert is_held(version)


def test_frozen_rows_are_held_alone(house, is_held):
    source = house.source(snapshots=1)
    frozen, free = house.version(source, 1), house.version(source, 1)

    house.freeze(frozen)

    assert is_held(frozen)
    assert not is_held(free)


@pytest.mark.parametrize(
    ("kinds", "kind", "expected"),
    [
        (0, 1, True),
        (1 << 1, 1, True),
        (1 << 1, 2, False),
        (1 << 1 | 1 << 7, 7, True),
        (1 << 1, 0, True),
        (1 << 1, 8, True),
        (1 << 1, 9, True),
        (1 << 1, 200, True),
        (1 << 1, -1, True),
    ],
)
def test_pin_of_kinds_matches_them_and_what_is_not_one_known_kind(house, is_held, kinds, kind, expected):
    version = house.version(house.source(snapshots=1), 1, kind=kind)

    house.pin("all", kinds=kinds)

    assert is_held(version) is expected


@pytest.mark.parametrize(
    ("item_from", "item_to", "expected"),
    [
        (100, 100, True),
        (99, 99, False),
        (111, 111, False),
        (110, 110, True),
        (90, 120, True),
        (90, 100, True),
        (110, 120, True),
        (None, 99, False),
        (None, 100, True),
        (111, None, False),
        (110, None, True),
        (None, None, True),
        (90, 80, True),
    ],
)
def test_dated_pin_matches_overlap_open_and_inverted_dates(house, is_held, on_day, item_from, item_to, expected):
    source = house.source(snapshots=1)
    dates = {name: value and on_day(value) for name, value in (("item_from", item_from), ("item_to", item_to))}
    version = house.version(source, 1, 1, **dates)

    house.pin("all", dated_from=on_day(100), dated_to=on_day(110))

    assert is_held(version) is expected


@pytest.mark.parametrize(
    ("year", "expected"), [(1970, True), (1971, False), (2099, False), (2101, True), (1601, True), (9999, True)]
)
def test_dated_pin_matches_implausible_dates(house, is_held, on_day, year, expected):
    moment = datetime(year, 1, 1, tzinfo=UTC)
    version = house.version(house.source(snapshots=1), 1, 1, item_from=moment, item_to=moment)

    house.pin("all", dated_from=on_day(100), dated_to=on_day(110))

    assert is_held(version) is expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(1, 1, False), (1, 2, True), (2, 2, True), (3, 3, False), (3, LIVE, False), (1, LIVE, True)],
)
def test_dated_pin_matches_what_a_snapshot_of_that_time_showed(house, is_held, on_day, first, last, expected):
    source = house.source()
    for day in (99, 105, 111):
        house.snapshot(source, taken_at=on_day(day))
    version = house.version(source, first, last, item_from=on_day(10), item_to=on_day(10))

    house.pin("all", dated_from=on_day(100), dated_to=on_day(110))

    assert is_held(version) is expected


@pytest.mark.parametrize(
    ("dates", "expected"), [({"dated_from": 100}, False), ({"dated_to": 100}, True), ({"dated_from": 50}, True)]
)
def test_pin_dated_on_one_side_is_open_on_the_other(house, is_held, on_day, dates, expected):
    version = house.version(house.source(snapshots=1), 1, 1, item_from=on_day(60), item_to=on_day(70))

    house.pin("all", **{name: on_day(day) for name, day in dates.items()})

    assert is_held(version) is expected


def test_holding_pins_names_each_pin_once(house):
    person = house.custodian()
    source, other = house.source(person, snapshots=1), house.source(snapshots=1)
    house.associate(source, person)
    first, second = house.version(source, 1), house.version(other, 1)
    by_custodian, by_all, frozen = house.pin("custodian", on=person), house.pin("all"), house.freeze(second)

    with connection.cursor() as cursor:
        cursor.execute(held.holding_pins(versions="catalog_version v"))
        pairs = cursor.fetchall()

    assert sorted(pairs) == sorted(
        [(first.pk, by_custodian.pk), (first.pk, by_all.pk), (second.pk, by_all.pk), (second.pk, frozen.pk)]
    )


def test_reaches_source_ignores_kinds_and_dates_but_not_the_end(house, on_day):
    person = house.custodian()
    source, other = house.source(person, snapshots=1), house.source(snapshots=1)
    narrow = house.pin("custodian", on=person, kinds=4, dated_from=on_day(1), dated_to=on_day(1))
    house.pin("all", ended_at=ENDED)
    frozen = house.freeze(house.version(other, 1))

    with connection.cursor() as cursor:
        found = []
        for place in (source, other):
            cursor.execute(held.reaches_source(source="%(id)s"), {"id": place.pk})
            found.append(cursor.fetchall())

    assert found == [[(narrow.pk,)], [(frozen.pk,)]]


# -- all rules together ------------------------------------------------------------------------------------------------

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAYS = st.sampled_from(
    [None, *(datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 8)), EPOCH, datetime(2150, 1, 1, tzinfo=UTC)]
)
PERSON = st.integers(0, 2)
PINS = st.lists(
    st.fixed_dictionaries(
        {
            "target": st.sampled_from(["all", "source", "custodian", "group", "frozen"]),
            "on": PERSON,
            "kinds": st.sampled_from([0, 1 << 1, 1 << 2, 1 << 1 | 1 << 7]),
            "dates": st.tuples(DAYS, DAYS),
            "is_ended": st.booleans(),
        }
    ),
    max_size=2,
)
VERSIONS = st.lists(
    st.tuples(PERSON, st.integers(0, 9), DAYS, DAYS, st.integers(1, 3), st.sampled_from([0, 1, LIVE])),
    min_size=1,
    max_size=5,
)
LINKS = st.lists(st.tuples(PERSON, PERSON, st.booleans()), max_size=4)


def oracle(version, pins, associations, members, taken):
    """Whether ``version`` is held, said once more without SQL."""
    number, source, kind, item_from, item_to, first, last = version
    return any(
        not pin["is_ended"]
        and (
            number in pin["frozen"]
            if pin["target"] == "frozen"
            else reaches(pin, source, associations, members)
            and (pin["kinds"] == 0 or kind not in range(1, 8) or bool(pin["kinds"] >> kind & 1))
            and dated(pin["dates"], item_from, item_to, [day for at, day in enumerate(taken, 1) if first <= at <= last])
        )
        for pin in pins
    )


def reaches(pin, source, associations, members):
    people = {person for place, person, _ in associations if place == source}
    return {
        "all": lambda: True,
        "source": lambda: pin["on"] == source,
        "custodian": lambda: pin["on"] in people,
        "group": lambda: any(group == pin["on"] and person in people for group, person, _ in members),
    }[pin["target"]]()


def dated(dates, item_from, item_to, seen):
    low, high = dates[0] or datetime.min.replace(tzinfo=UTC), dates[1] or datetime.max.replace(tzinfo=UTC)
    if dates == (None, None) or any(low <= day <= high for day in seen):
        return True
    begin, end = item_from or datetime.min.replace(tzinfo=UTC), item_to or datetime.max.replace(tzinfo=UTC)
    odd = any(day and not 1971 <= day.year <= 2100 for day in (item_from, item_to)) or begin > end
    return odd or (begin <= high and end >= low)


def check_against_oracle(house, pins, versions, associations, members):
    people = [house.custodian() for _ in range(3)]
    groups = [house.group() for _ in range(3)]
    sources = [house.source() for _ in range(3)]
    taken = [datetime(2026, 1, day, tzinfo=UTC) for day in (2, 4, 6)]
    for source in sources:
        for day in taken:
            house.snapshot(source, taken_at=day)
    for place, person, is_over in associations:
        house.associate(sources[place], people[person], to_at=ENDED if is_over else None)
    for group, person, is_over in members:
        house.join(groups[group], people[person], to_at=ENDED if is_over else None)
    rows, said = [], []
    for number, (place, kind, item_from, item_to, first, length) in enumerate(versions):
        last = LIVE if length == LIVE else min(first + length, 3)
        rows.append(house.version(sources[place], first, last, kind=kind, item_from=item_from, item_to=item_to))
        said.append((number, place, kind, item_from, item_to, first, last))
    for pin in pins:
        on = {"source": sources, "custodian": people, "group": groups}.get(pin["target"])
        columns = {"on": on[pin["on"]]} if on else {}
        dates = {"dated_from": pin["dates"][0], "dated_to": pin["dates"][1]}
        row = house.pin(
            pin["target"], kinds=pin["kinds"], ended_at=ENDED if pin["is_ended"] else None, **dates, **columns
        )
        pin["frozen"] = {number for number in range(len(rows)) if number % 3 == pin["on"]}
        if pin["target"] == "frozen":
            house.freeze_into(row, [rows[number] for number in pin["frozen"]])

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT v.id FROM catalog_version v WHERE {IS_HELD}")
        found = {row[0] for row in cursor.fetchall()}
        cursor.execute(held.holding_pins(versions="catalog_version v"))
        paired = {row[0] for row in cursor.fetchall()}

    expected = {
        row.pk for row, told in zip(rows, said, strict=True) if oracle(told, pins, associations, members, taken)
    }
    assert found == expected
    assert paired == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pins=PINS, versions=VERSIONS, associations=LINKS, members=LINKS)
def test_held_equals_the_reference(house, pins, versions, associations, members):
    with transaction.atomic():
        point = transaction.savepoint()
        check_against_oracle(house, pins, versions, associations, members)
        transaction.savepoint_rollback(point)
