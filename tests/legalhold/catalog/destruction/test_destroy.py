"""Whole runs: what goes, what stays, what is left of it; and mutants of the statement that destroys."""

from __future__ import annotations

import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError

from legalhold.audit.models import AuditEvent
from legalhold.catalog.destruction import destroy as module
from legalhold.catalog.destruction.reclaimable import is_reclaimable
from legalhold.catalog.held import is_held
from legalhold.catalog.identities import read_identities
from legalhold.catalog.models import LIVE, CompactionRun, Content, ContentPart, ItemFacts, Part, Tombstone, Version
from legalhold.journal.models import OutboxEntry

REFUSED = (IntegrityError, InternalError)


@pytest.fixture
def source(house):
    """Three snapshots, the first two expired."""
    source = house.source(snapshots=3)
    house.expire(source, 1, 2)
    return source


def journaled(verb: str) -> list[dict]:
    return [json.loads(bytes(row.payload)) for row in OutboxEntry.objects.filter(verb=verb).order_by("pk")]


def test_run_destroys_what_nothing_keeps_and_nothing_else(house, source, compact, ids):
    gone = [house.version(source, 1, 1), house.version(source, 1, 2)]
    kept = [house.version(source, 1, 3), house.version(source, 2), house.version(source, 3)]

    run = compact()

    assert ids() == [row.pk for row in kept]
    assert run.state == CompactionRun.State.COMPLETED
    assert run.counts["versions_destroyed"] == len(gone)
    assert run.counts["versions_left"] == len(kept)


def test_destroyed_version_leaves_tombstone_journal_entry_and_audit_event(house, source, compact, at):
    version = house.version(source, 1, 2)
    [identity] = read_identities(versions=[version.pk])

    run = compact()

    tombstone = Tombstone.objects.get()
    assert (tombstone.version_id, tombstone.source_id, tombstone.kind) == (version.pk, source.pk, 1)
    assert bytes(tombstone.version_digest) == identity.version_digest
    assert bytes(tombstone.content_digest) == identity.content_digest
    assert (tombstone.first_seen, tombstone.last_seen, tombstone.size_bytes) == (1, 2, version.size_bytes)
    assert (tombstone.because, tombstone.run_key, tombstone.destroyed_at) == ("snapshots 1–2 expired", run.key, at)
    [entry] = journaled("version.destroyed")
    assert entry["run"] == str(run.key)
    assert entry["versions"] == [
        {
            "source": str(source.key),
            "version": identity.version_digest.hex(),
            "content": identity.content_digest.hex(),
            "kind": 1,
            "size_bytes": version.size_bytes,
            "first_seen": 1,
            "last_seen": 2,
            "because": "snapshots 1–2 expired",
        }
    ]
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["compaction.started", "compaction.batch_destroyed", "compaction.completed"]


def test_content_goes_with_its_last_version(house, source, compact):
    shared, alone = house.content(b"shared"), house.content(b"alone")
    for content in (shared, alone):
        ItemFacts.objects.create(content_id=content.pk, subject="a word")
        house.version(source, 1, 1, content=content)
    house.version(source, 3, content=shared)

    run = compact()

    assert list(Content.objects.values_list("pk", flat=True)) == [shared.pk]
    assert list(ContentPart.objects.values_list("content_id", flat=True)) == [shared.pk]
    assert list(ItemFacts.objects.values_list("content_id", flat=True)) == [shared.pk]
    assert Part.objects.count() == 1
    assert (run.counts["contents_destroyed"], run.counts["parts_destroyed"]) == (1, 1)


def test_part_shared_by_two_contents_stays_with_the_other(house, source, compact):
    whole, other = house.content(b"whole"), house.content(b"other")
    part = ContentPart.objects.get(content_id=other.pk).part_id
    ContentPart.objects.create(content_id=whole.pk, ordinal=1, part_id=part)
    house.version(source, 1, 1, content=whole)
    house.version(source, 3, content=other)

    compact()

    assert list(Part.objects.values_list("pk", flat=True)) == [part]
    assert Part.objects.get().dead_at is None


def test_grace_passes_between_condemning_and_destroying(house, source, compact, wait, ids):
    version = house.version(source, 1, 1)
    week = 7 * 86400

    first = compact(grace_seconds=week)
    wait(6.9)
    second = compact(grace_seconds=week)
    assert ids() == [version.pk]
    wait(0.2)
    third = compact(grace_seconds=week)

    assert ids() == []
    assert [run.counts.get("versions_destroyed", 0) for run in (first, second, third)] == [0, 0, 1]
    assert [run.counts["versions_condemned"] for run in (first, second, third)] == [1, 0, 0]


def test_reboot_delays_grace_and_never_shortens_it(house, source, compact, clock, wait, ids):
    version = house.version(source, 1, 1)
    week = 7 * 86400
    compact(grace_seconds=week)
    clock.boot_id, clock.boottime_us = "boot-2", 0
    wait(30)
    clock.boottime_us = 3600 * 1_000_000

    compact(grace_seconds=week)

    assert ids() == [version.pk]


@pytest.mark.parametrize("target", ["all", "source", "custodian", "group", "frozen"])
def test_pin_placed_after_condemning_keeps_the_version(house, compact, wait, ids, target):
    person = house.custodian()
    source = house.source(person, snapshots=3)
    house.expire(source, 1)
    version = house.version(source, 1, 1)
    compact(grace_seconds=86400)
    on = {"source": source, "custodian": person, "group": house.group(person)}.get(target)
    house.freeze(version) if target == "frozen" else house.pin(target, **({"on": on} if on else {}))
    wait(10)

    run = compact(grace_seconds=86400)

    assert ids() == [version.pk]
    assert Version.objects.get().condemned_at is None
    assert run.counts["versions_spared"] == 1


MATURE = {"condemned_counted_us": 0}


def mature(house, source, at, first=1, last=1, **columns):
    return house.version(source, first, last, condemned_at=at, destroyable_at=at, condemned_counted_us=0, **columns)


def destroyed_by(statement: str, versions) -> list[int]:
    """Run a form of the destroying statement with the held trigger out of the way, and tell what went."""
    from legalhold.database import gate
    from legalhold.database.rows import ids

    on = " ON catalog_version" if connection.vendor == "postgresql" else ""
    point = transaction.savepoint()
    with connection.cursor() as cursor, gate.opened():
        cursor.execute(f"DROP TRIGGER version_held_is_never_deleted{on}")
        cursor.execute(statement, [ids(version.pk for version in versions)])
        rows = cursor.fetchall()
    transaction.savepoint_rollback(point)
    return sorted(row[0] for row in rows)


@pytest.fixture
def four(house, at):
    """A version for each way of being held, and one that isn't."""
    person, member = house.custodian(), house.custodian()
    sources = [house.source(*owners, snapshots=3) for owners in ((), (person,), (member,), (), ())]
    for source in sources:
        house.expire(source, 1)
    versions = [mature(house, source, at) for source in sources]
    house.pin("source", on=sources[0])
    house.pin("custodian", on=person)
    house.pin("group", on=house.group(member))
    house.freeze(versions[3])
    return versions


def test_statement_takes_only_the_version_that_is_not_held(four):
    assert destroyed_by(module.DELETE, four) == [four[4].pk]


@pytest.mark.parametrize(
    ("sound", "mutant", "lost"),
    [
        (f" AND NOT {is_held(version='v')}", "", [0, 1, 2, 3]),
        ("catalog_pinversion f", "(SELECT * FROM catalog_pinversion WHERE 1 = 0) f", [3]),
        ("JOIN catalog_groupmember m", "JOIN (SELECT * FROM catalog_groupmember WHERE 1 = 0) m", [2]),
        ("catalog_sourcecustodian a", "(SELECT * FROM catalog_sourcecustodian WHERE 1 = 0) a", [1, 2]),
        ("p.target = 'source'", "1 = 0", [0]),
    ],
    ids=["ignores pins", "ignores frozen rows", "ignores membership", "ignores associations", "ignores source pins"],
)
def test_mutant_of_the_statement_loses_held_versions(four, sound, mutant, lost):
    assert sound in module.DELETE

    gone = destroyed_by(module.DELETE.replace(sound, mutant), four)

    assert gone == sorted([*(four[number].pk for number in lost), four[4].pk])


def test_mutant_without_the_snapshots_check_takes_what_an_unexpired_snapshot_shows(house, at):
    source = house.source(snapshots=3)
    version = mature(house, source, at)
    sound = f" AND {is_reclaimable(version='v')}"
    assert sound in module.DELETE

    assert destroyed_by(module.DELETE, [version]) == []
    assert destroyed_by(module.DELETE.replace(sound, ""), [version]) == [version.pk]


@pytest.mark.parametrize(
    ("sound", "mutant"),
    [
        ("k.sequence >= v.first_seen", "k.sequence > v.first_seen"),
        ("k.sequence <= v.last_seen", "k.sequence < v.last_seen"),
    ],
)
def test_mutant_whose_gap_is_off_by_one_takes_what_a_kept_snapshot_shows(house, at, sound, mutant):
    source = house.source(snapshots=5)
    house.expire(source, 2, 3)
    versions = [mature(house, source, at, first, last) for first, last in ((1, 2), (2, 3), (3, 4))]
    assert sound in module.DELETE

    assert destroyed_by(module.DELETE, versions) == [versions[1].pk]
    assert len(destroyed_by(module.DELETE.replace(sound, mutant), versions)) == 2


def test_mutant_that_checks_outside_the_statement_is_stopped_by_the_trigger(house, at, compact):
    """A check before the DELETE instead of in it: the pin that comes in between is seen by the trigger alone."""
    from legalhold.catalog.destruction.gate import destroying

    source = house.source(snapshots=3)
    house.expire(source, 1)
    version = mature(house, source, at)
    assert Version.objects.extra(where=[f"NOT {is_held(version='catalog_version')}"]).count() == 1
    house.pin("all")

    with pytest.raises(REFUSED, match="a pin holds this version"), destroying(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_version WHERE id = %s", [version.pk])

    assert Version.objects.count() == 1


def test_version_not_destroyable_yet_stays(house, at):
    source = house.source(snapshots=3)
    house.expire(source, 1)
    version = house.version(source, 1, 1, condemned_at=at, condemned_counted_us=0)

    assert destroyed_by(module.DELETE, [version]) == []


def test_version_whose_content_row_is_missing_stays(house, source, compact, ids):
    version = house.version(source, 1, 1)
    Version.objects.filter(pk=version.pk)
    orphan = house.version(source, 1, 1, content=type(house.content())(pk=987654, size_bytes=3))

    run = compact()

    assert ids() == [orphan.pk]
    assert run.counts["versions_destroyed"] == 1


def test_removed_source_loses_its_live_versions_too(house, compact, ids):
    from legalhold.database import gate

    source = house.source(snapshots=2)
    house.version(source, 1)
    house.version(source, 1, 1)
    with transaction.atomic(), gate.opened():
        source.state = "removing"
        source.save()

    compact()

    assert ids() == []
    assert set(Tombstone.objects.values_list("because", "last_seen")) == {
        ("source removed", LIVE),
        ("source removed", 1),
    }
    assert sorted(row["last_seen"] or 0 for row in journaled("version.destroyed")[0]["versions"]) == [0, 1]


def test_second_run_finds_nothing_to_do(house, source, compact):
    house.version(source, 1, 1)
    compact()

    run = compact()

    assert {name for name, count in run.counts.items() if count} == set()
