"""Random histories of capture, expiry, pins, associations and runs, against a plain oracle that keeps its own books."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalhold.catalog.associations import add_member, associate, end_association, end_membership
from legalhold.catalog.destruction import destroy, end_pins, marking, survey
from legalhold.catalog.models import LIVE, GroupMember, Snapshot, SourceCustodian, Tombstone, Version
from legalhold.catalog.pins import PinSpec, freeze, place_pins
from legalhold.database import guard
from tests.books import PEOPLE, SOURCES, Books, Promise, Said

START = datetime(2026, 1, 1, tzinfo=UTC)
GRACE = 86400


class History:
    """Does each step to the catalog by its services, and to the books by hand."""

    def __init__(self, house, compact, clock, archive) -> None:
        self.house, self.run, self.clock, self.archive = house, compact, clock, archive
        self.books = Books()
        self.people = [house.custodian() for _ in PEOPLE]
        self.group = house.group()
        self.sources = [house.source() for _ in SOURCES]
        self.rows: list[Version] = []
        self.placed: list = []

    def capture(self, source: int, kind: int, day: int | None) -> None:
        """A snapshot in which every item of the source has changed: the old versions close, a new one begins."""
        number = self.house.snapshot(self.sources[source], taken_at=START + timedelta(days=self.books.today))
        for row, said in zip(self.rows, self.books.versions, strict=True):
            if said.source == source and said.last == LIVE:
                said.last = number - 1
                Version.objects.filter(pk=row.pk).update(last_seen=number - 1)
        moment = None if day is None else START + timedelta(days=day)
        self.rows.append(self.house.version(self.sources[source], number, kind=kind, item_from=moment, item_to=moment))
        self.books.versions.append(Said(source, kind, day, number))
        self.books.taken[source].append(self.books.today)

    def expire(self, source: int, number: int) -> None:
        if number < len(self.books.taken[source]):
            Snapshot.objects.filter(source=self.sources[source], sequence=number).update(expired_at=START)
            self.books.expired.add((source, number))

    def unexpire(self, source: int, number: int) -> None:
        with guard.exclusive():
            Snapshot.objects.filter(source=self.sources[source], sequence=number).update(expired_at=None)
        self.books.expired.discard((source, number))

    def place(self, target: str, on: int, kinds: int, days) -> None:
        if None not in days and days[0] > days[1]:
            days = (days[1], days[0])
        what = {
            "source": {"source": self.sources[on]},
            "custodian": {"custodian": self.people[on]},
            "group": {"group": self.group},
        }
        dates = [None if day is None else START + timedelta(days=day) for day in days]
        spec = PinSpec(
            "Pin", "hold:1", target, kinds=kinds, dated_from=dates[0], dated_to=dates[1], **what.get(target, {})
        )
        with guard.exclusive():
            self.placed += place_pins(specs=[spec], at=self.clock()).pins
        self.books.pins.append(Promise(target, on, kinds, days))
        self.books.rescue()

    def freeze(self, number: int) -> None:
        if number < len(self.rows) and not self.books.versions[number].is_destroyed:
            source = self.books.versions[number].source
            cover = PinSpec("Frozen", "export:1", "source", source=self.sources[source])
            self.placed.append(freeze(cover=cover, versions=lambda: [self.rows[number].pk], at=self.clock()))
            self.books.pins.append(Promise("frozen", frozen=frozenset({number})))
            self.books.cover(source)

    def end(self, number: int) -> None:
        if number < len(self.placed):
            with transaction.atomic():
                end_pins(keys=[self.placed[number].key], at=self.clock())
            self.books.pins[number].is_ended = True

    def associate(self, source: int, person: int) -> None:
        with guard.exclusive():
            associate(source=self.sources[source], custodian=self.people[person], from_at=START, at=self.clock())
        self.books.owners.add((source, person))
        self.books.rescue()

    def join(self, person: int) -> None:
        with guard.exclusive():
            add_member(group=self.group, custodian=self.people[person], from_at=START, at=self.clock())
        self.books.members.add(person)
        self.books.rescue()

    def leave(self, person: int) -> None:
        """Ending changes what is shown, never what is held: the books say nothing of it."""
        with guard.exclusive():
            for association in SourceCustodian.objects.filter(custodian=self.people[person], to_at=None):
                end_association(association=association, to_at=self.clock(), at=self.clock())
            for membership in GroupMember.objects.filter(custodian=self.people[person], to_at=None):
                end_membership(membership=membership, to_at=self.clock(), at=self.clock())

    def compact(self, grace_days: int) -> None:
        self.run(grace_seconds=grace_days * GRACE, archive=self.archive)
        self.books.compact(grace_days)

    def wait(self) -> None:
        self.clock.advance(timedelta(days=1))
        self.books.today += 1

    def check(self) -> None:
        left = set(Version.objects.values_list("pk", flat=True))
        expected = {row.pk for row, said in zip(self.rows, self.books.versions, strict=True) if not said.is_destroyed}
        assert left == expected
        assert Tombstone.objects.count() == len(self.rows) - len(left)
        assert Version.objects.exclude(condemned_at=None).count() == sum(
            said.condemned_on is not None for said in self.books.versions if not said.is_destroyed
        )


DAY = st.sampled_from([None, 0, 1, 2])
SOURCE, PERSON, NUMBER = st.sampled_from(SOURCES), st.sampled_from(PEOPLE), st.integers(1, 4)
TARGET = st.sampled_from(["all", "source", "custodian", "group"])
STEPS = st.one_of(
    st.tuples(st.just("capture"), SOURCE, st.sampled_from([0, 1, 2]), DAY),
    st.tuples(st.just("capture"), SOURCE, st.just(1), st.just(0)),
    st.tuples(st.just("expire"), SOURCE, NUMBER),
    st.tuples(st.just("unexpire"), SOURCE, NUMBER),
    st.tuples(st.just("place"), TARGET, PERSON, st.sampled_from([0, 1 << 1]), st.tuples(DAY, DAY)),
    st.tuples(st.just("freeze"), st.integers(0, 5)),
    st.tuples(st.just("end"), st.integers(0, 3)),
    st.tuples(st.just("associate"), SOURCE, PERSON),
    st.tuples(st.just("join"), PERSON),
    st.tuples(st.just("leave"), PERSON),
    st.tuples(st.just("compact"), st.sampled_from([0, 1])),
    st.tuples(st.just("wait")),
)
# Composite histories: a gap that has something in it before anything else happens.
BEGINNING = [
    ("capture", 0, 1, 0),
    ("capture", 0, 1, 1),
    ("capture", 0, 2, 2),
    ("capture", 1, 1, 0),
    ("capture", 1, 0, None),
]
GAPS = [("expire", 0, 1), ("expire", 0, 2), ("expire", 1, 1)]


def tell(house, compact, clock, new_archive, steps) -> None:
    """Live a history through, checking after every run, and leave no row behind."""
    now, boottime = clock.now, clock.boottime_us
    point = transaction.savepoint()
    try:
        history = History(house, compact, clock, new_archive())
        for name, *arguments in [*BEGINNING, *steps, ("compact", 0)]:
            getattr(history, name)(*arguments)
            history.check()
    finally:
        transaction.savepoint_rollback(point)
        clock.now, clock.boottime_us = now, boottime


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(steps=st.lists(STEPS, max_size=12))
def test_catalog_agrees_with_the_books(house, compact, clock, new_archive, steps):
    tell(house, compact, clock, new_archive, steps)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(steps=st.lists(STEPS, max_size=8))
def test_catalog_agrees_with_the_books_where_gaps_have_something_in_them(house, compact, clock, new_archive, steps):
    tell(house, compact, clock, new_archive, [*GAPS, *steps])


LOSSES = {
    "hold ignored": [*GAPS, ("place", "all", 0, 0, (None, None))],
    "frozen rows ignored": [*GAPS, ("freeze", 0)],
    "association ignored": [*GAPS, ("associate", 0, 0), ("place", "custodian", 0, 0, (None, None))],
    "association ended": [*GAPS, ("associate", 0, 0), ("place", "custodian", 0, 0, (None, None)), ("leave", 0)],
    "membership ignored": [*GAPS, ("associate", 0, 1), ("join", 1), ("place", "group", 0, 0, (None, None))],
    "membership ended": [
        *GAPS,
        ("associate", 0, 1),
        ("join", 1),
        ("place", "group", 0, 0, (None, None)),
        ("leave", 1),
    ],
    "unknown kind lost": [
        ("capture", 0, 0, 1),
        ("capture", 0, 1, 1),
        ("expire", 0, 4),
        ("place", "all", 0, 1 << 1, (None, None)),
    ],
    "rescue after condemning": [
        *GAPS,
        ("compact", 1),
        ("place", "source", 0, 0, (None, None)),
        ("wait",),
        ("compact", 1),
    ],
    "expiry reversed": [*GAPS, ("compact", 1), ("unexpire", 0, 1), ("wait",), ("compact", 1)],
    "frozen twice after condemning": [*GAPS, ("compact", 1), ("freeze", 0), ("freeze", 0)],
    "hold ended": [*GAPS, ("place", "all", 0, 0, (None, None)), ("compact", 0), ("end", 0)],
}


@pytest.mark.parametrize("steps", LOSSES.values(), ids=LOSSES.keys())
def test_known_history_agrees_with_the_books(house, compact, clock, new_archive, steps):
    tell(house, compact, clock, new_archive, steps)


STANDING = "(SELECT * FROM catalog_{} WHERE to_at IS NULL)"
GONE = "(SELECT * FROM catalog_{} WHERE 1 = 0)"
MUTANTS = {
    "pins ignored": ("hold ignored", "p.ended_at IS NULL", "1 = 0"),
    "frozen rows ignored": ("frozen rows ignored", "catalog_pinversion f", GONE.format("pinversion") + " f"),
    "ended associations ignored": (
        "association ended",
        "catalog_sourcecustodian a",
        STANDING.format("sourcecustodian") + " a",
    ),
    "ended memberships ignored": ("membership ended", "catalog_groupmember m", STANDING.format("groupmember") + " m"),
    "associations ignored": ("association ignored", "catalog_sourcecustodian a", GONE.format("sourcecustodian") + " a"),
    "membership ignored": ("membership ignored", "catalog_groupmember m", GONE.format("groupmember") + " m"),
    "unknown kind matched by its bit alone": ("unknown kind lost", "v.kind NOT BETWEEN 1 AND 7", "1 = 0"),
    "snapshots not read again": ("expiry reversed", "k.expired_at IS NULL", "k.sequence > 2"),
    "ended pins hold": ("hold ended", "p.ended_at IS NULL", "1 = 1"),
}


@pytest.mark.parametrize(("history", "sound", "mutant"), MUTANTS.values(), ids=MUTANTS.keys())
def test_books_find_a_mutant(house, compact, clock, new_archive, monkeypatch, history, sound, mutant):
    """Each rule taken out of every statement that carries it, with the trigger out of the way as well."""
    for module, name in ((destroy, "DELETE"), (marking, "_KEPT"), (survey, "_HELD"), (survey, "_RECLAIMABLE")):
        monkeypatch.setattr(module, name, getattr(module, name).replace(sound, mutant))
    assert mutant in destroy.DELETE
    with connection.cursor() as cursor:
        on = " ON catalog_version" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER version_held_is_never_deleted{on}")

    with pytest.raises(AssertionError):
        tell(house, compact, clock, new_archive, LOSSES[history])
