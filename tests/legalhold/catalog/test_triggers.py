"""What the triggers refuse, with and without the gate's token. Every refusal is tried on a row that could have changed."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError

from legalhold.catalog import triggers
from legalhold.catalog.models import (
    LIVE,
    Content,
    ContentPart,
    Folder,
    Pack,
    Part,
    Pin,
    Snapshot,
    Source,
    Tombstone,
    Version,
)
from legalhold.database import gate

REFUSED = (IntegrityError, InternalError)
TABLES = [
    *("source", "snapshot", "version", "content", "contentpart", "part", "pack", "pin", "pinversion"),
    *("sourcecustodian", "groupmember", "tombstone", "folder", "keptcontent"),
]


def run(sql: str, *params) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def run_with_token(sql: str, *params) -> int:
    with transaction.atomic(), gate.opened():
        return run(sql, *params)


@pytest.fixture
def filled(house, on_day):
    """At least one row in each table."""
    person = house.custodian()
    source = house.source(person, snapshots=2)
    house.group(person)
    version = house.version(source, 1, 1)
    house.freeze(version)
    house.keep(Content.objects.get(pk=version.content_id))
    Tombstone.objects.create(
        version_id=999,
        source_id=source.pk,
        version_digest=b"",
        content_digest=b"",
        kind=1,
        size_bytes=1,
        first_seen=1,
        last_seen=1,
        run_key="00000000-0000-0000-0000-000000000001",
        because="expired",
        destroyed_at=on_day(9),
    )
    return version


def rows(table: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM catalog_{table} ORDER BY 1, 2")
        return cursor.fetchall()


def test_all_triggers_are_installed(db):
    assert triggers.missing(connection=connection) == ()


def test_missing_names_a_dropped_trigger(db):
    table = " ON catalog_content" if connection.vendor == "postgresql" else ""

    run(f"DROP TRIGGER content_deleting_is_the_gates{table}")

    assert triggers.missing(connection=connection) == ("content_deleting_is_the_gates",)


def test_missing_names_a_trigger_that_refuses_something_else(db):
    name = "content_deleting_is_the_gates"
    if connection.vendor == "postgresql":
        run(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'")
    else:
        run(f"DROP TRIGGER {name}")
        run(f"CREATE TRIGGER {name} BEFORE DELETE ON catalog_content BEGIN SELECT 1; END")

    assert triggers.missing(connection=connection) == (name,)


def test_install_leaves_out_what_names_a_table_that_is_not_there_yet(db):
    run("DROP TABLE catalog_keptcontent")
    before = triggers.missing(connection=connection)

    triggers.install(connection=connection)

    assert triggers.missing(connection=connection) == before
    assert "keptcontent_is_never_deleted" in before


def test_install_twice_changes_nothing(db):
    triggers.install(connection=connection)

    assert triggers.missing(connection=connection) == ()


@pytest.mark.parametrize("table", TABLES)
def test_delete_without_the_token_is_refused(filled, table):
    before = rows(table)
    assert before

    with pytest.raises(REFUSED):
        run(f"DELETE FROM catalog_{table}")

    assert rows(table) == before


@pytest.mark.parametrize("table", TABLES)
def test_delete_with_the_token_is_refused_while_something_needs_the_row(filled, table):
    before = rows(table)

    with pytest.raises(REFUSED):
        run_with_token(f"DELETE FROM catalog_{table}")

    assert rows(table) == before


@pytest.mark.parametrize("table", TABLES)
def test_truncate_is_refused_even_with_the_token(filled, table):
    if connection.vendor != "postgresql":
        assert rows(table)  # SQLite has no TRUNCATE; DELETE without WHERE fires its triggers (tested above)
        return
    before = rows(table)
    run("SET CONSTRAINTS ALL IMMEDIATE")  # else pending checks of foreign keys refuse first

    with pytest.raises(REFUSED, match="never truncated"):
        run_with_token(f"TRUNCATE catalog_{table} CASCADE")

    assert rows(table) == before


def test_replace_is_refused(filled):
    if connection.vendor != "sqlite":
        assert rows("content")  # only SQLite's INSERT OR REPLACE deletes rows without saying so
        return
    content = Content.objects.get()

    with pytest.raises(REFUSED):
        run(
            "INSERT OR REPLACE INTO catalog_content (id, content_digest, size_bytes, crc32) VALUES (%s, %s, 0, 0)",
            content.pk,
            bytes(32),
        )

    assert Content.objects.get().size_bytes == content.size_bytes


def test_version_without_pins_is_deleted_with_the_token(house):
    version = house.version(house.source(snapshots=2), 1, 1)

    run_with_token("DELETE FROM catalog_version WHERE id = %s", version.pk)

    assert Version.objects.count() == 0


@pytest.mark.parametrize("target", ["all", "source", "custodian", "group", "frozen"])
def test_held_version_is_refused_even_with_the_token(house, target):
    person = house.custodian()
    source = house.source(person, snapshots=2)
    versions = [house.version(source, 1, 1), house.version(house.source(snapshots=1), 1)]
    on = {"source": source, "custodian": person, "group": house.group(person)}.get(target)
    if target == "frozen":
        house.freeze(versions[0])
    else:
        house.pin(target, **({"on": on} if on else {}))

    with pytest.raises(REFUSED, match="a pin holds this version"):
        run_with_token("DELETE FROM catalog_version")

    assert Version.objects.count() == 2


def test_deleting_in_order_leaves_nothing(house):
    version = house.version(house.source(snapshots=2), 1, 1)
    pack = Pack.objects.get()

    with transaction.atomic(), gate.opened():
        run("DELETE FROM catalog_version")
        run("DELETE FROM catalog_content")
        run("DELETE FROM catalog_contentpart")
        run("DELETE FROM catalog_part")
        run("UPDATE catalog_pack SET state = 'condemned'")
        run("DELETE FROM catalog_pack")

    counts = [model.objects.count() for model in (Version, Content, ContentPart, Part, Pack)]
    assert counts == [0, 0, 0, 0, 0]
    assert pack.state == "live"
    assert version.pk


UNCHANGING = [
    ("source", "key", "'00000000000000000000000000000009'"),
    ("snapshot", "taken_at", "1"),
    ("snapshot", "sequence", "sequence + 100"),
    ("version", "source_id", "source_id + 1"),
    ("version", "folder_id", "folder_id + 1"),
    ("version", "first_seen", "2"),
    ("version", "content_id", "content_id + 1"),
    ("version", "size_bytes", "1"),
    ("content", "size_bytes", "1"),
    ("contentpart", "part_id", "part_id + 1"),
    ("part", "raw_length", "1"),
    ("pack", "name", "'packs/elsewhere'"),
    ("pin", "kinds", "2"),
    ("pin", "dated_from", "1"),
    ("pin", "target", "'all'"),
    ("pinversion", "version_id", "version_id + 1"),
    ("sourcecustodian", "from_at", "1"),
    ("groupmember", "from_at", "1"),
    ("version", "kind", "2"),
    ("version", "item_from", "1"),
    ("version", "item_to", "1"),
    ("version", "last_seen", "2"),
    ("snapshot", "state", "'partial'"),
    ("pack", "length", "2"),
    ("pack", "state", "'writing'"),
    ("pack", "state", "'condemned'"),
    ("version", "name", "item_key"),
    ("folder", "path", "NULL"),
    ("folder", "source_id", "source_id + 1"),
    ("tombstone", "because", "'never'"),
    ("keptcontent", "content_id", "content_id + 1"),
    ("keptcontent", "owner", "'nobody'"),
]

OTHER_NAMES_OF_AN_ID = [(table, name) for table in ("version", "pin", "folder") for name in ("rowid", "_rowid_", "oid")]
"""SQLite's; elsewhere there are none."""


@pytest.mark.parametrize(("table", "column", "value"), UNCHANGING)
@pytest.mark.parametrize("runner", [run, run_with_token])
def test_narrowing_update_is_refused_even_with_the_token(filled, table, column, value, runner):
    before = rows(table)

    with pytest.raises(REFUSED):
        runner(f"UPDATE catalog_{table} SET {column} = {value}")

    assert rows(table) == before


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("snapshot", "custody", '\'{"method": "other"}\''),
        ("snapshot", "ledger", "'{\"found\": 7}'"),
        ("sourcecustodian", "to_at", "8"),
        ("groupmember", "to_at", "8"),
    ],
)
def test_what_was_said_once_is_not_said_anew(filled, table, column, value):
    for ending in ("sourcecustodian", "groupmember"):
        run(f"UPDATE catalog_{ending} SET to_at = 7")
    before = rows(table)

    for runner in (run, run_with_token):
        with pytest.raises(REFUSED):
            runner(f"UPDATE catalog_{table} SET {column} = {value}")

    assert rows(table) == before


def test_id_is_changed_by_none_of_its_names(filled):
    names = (
        OTHER_NAMES_OF_AN_ID if connection.vendor == "sqlite" else [("version", "id"), ("pin", "id"), ("folder", "id")]
    )

    for table, name in names:
        before = rows(table)
        with pytest.raises(REFUSED):
            run_with_token(f"UPDATE catalog_{table} SET {name} = {name} + 1000")
        assert rows(table) == before


GATED = [
    ("part", '"offset" = 7'),
    ("part", "pack_id = 7"),
    ("part", "length = 7"),
    ("part", "dictionary = 7"),
    ("pin", "ended_at = 7"),
    ("keptcontent", "ended_at = 7"),
    ("source", "state = 'removing'"),
]


@pytest.mark.parametrize(("table", "change"), GATED)
def test_gated_update_needs_the_token(filled, table, change):
    before = rows(table)

    with pytest.raises(REFUSED):
        run(f"UPDATE catalog_{table} SET {change}")

    assert rows(table) == before
    assert run_with_token(f"UPDATE catalog_{table} SET {change}") == len(before)
    assert rows(table) != before


FREE = [
    ("version", "condemned_at = 7, condemned_counted_us = 7, destroyable_at = 7"),
    ("version", "item_from = NULL, item_to = NULL"),
    ("version", "kind = 0"),
    ("content", "dead_at = 7"),
    ("part", "dead_at = 7"),
    ("pack", "lease_until = 7"),
    ("source", "state = 'retired'"),
    ("snapshot", "expired_at = 7"),
    ("snapshot", "manifest_content = 7"),
    ("sourcecustodian", "to_at = 7"),
    ("groupmember", "to_at = 7"),
]


def test_folder_is_deleted_with_the_token_once_it_is_empty(filled):
    empty = Folder.objects.create(source_id=filled.source_id, path=b"empty", display="empty")

    with pytest.raises(REFUSED):
        run("DELETE FROM catalog_folder WHERE id = %s", empty.pk)

    assert run_with_token("DELETE FROM catalog_folder WHERE id = %s", empty.pk) == 1
    assert Folder.objects.filter(pk=filled.folder_id).count() == 1


@pytest.mark.parametrize(("table", "change"), FREE)
def test_update_that_narrows_nothing_is_free(filled, table, change):
    assert run(f"UPDATE catalog_{table} SET {change}") == len(rows(table))


def test_pin_is_ended_once(house):
    house.pin("all")
    run_with_token("UPDATE catalog_pin SET ended_at = 7")

    with pytest.raises(REFUSED):
        run_with_token("UPDATE catalog_pin SET ended_at = NULL")

    assert Pin.objects.filter(ended_at=None).count() == 0


def test_removed_source_stays_removed(house):
    house.source()
    run_with_token("UPDATE catalog_source SET state = 'removing'")

    with pytest.raises(REFUSED):
        run_with_token("UPDATE catalog_source SET state = 'active'")

    assert Source.objects.get().state == "removing"


def test_open_snapshot_does_not_expire(house):
    house.snapshot(house.source(), state="open")

    with pytest.raises(REFUSED):
        run("UPDATE catalog_snapshot SET expired_at = 7")

    assert run("UPDATE catalog_snapshot SET state = 'complete'") == 1
    assert run("UPDATE catalog_snapshot SET expired_at = 7") == 1


def test_manifest_is_rewritten_through_the_gate_only(house):
    house.source(snapshots=1)
    run("UPDATE catalog_snapshot SET manifest_content = 7")

    with pytest.raises(REFUSED):
        run("UPDATE catalog_snapshot SET manifest_content = 8")
    with pytest.raises(REFUSED):
        run_with_token("UPDATE catalog_snapshot SET manifest_content = NULL")

    assert run_with_token("UPDATE catalog_snapshot SET manifest_content = 8") == 1
    assert Snapshot.objects.get().manifest_content == 8


@pytest.mark.parametrize(
    ("first", "to", "is_refused"), [(1, 2, False), (1, 1, True), (3, 2, True), (1, 3, False), (3, 3, False)]
)
def test_version_closes_at_the_snapshot_before_the_newest(house, first, to, is_refused):
    version = house.version(house.source(snapshots=3), first)

    if is_refused:
        with pytest.raises(REFUSED):
            run("UPDATE catalog_version SET last_seen = %s", to)

    assert Version.objects.get(pk=version.pk).last_seen == LIVE
    assert is_refused or run("UPDATE catalog_version SET last_seen = %s", to) == 1


def test_closed_version_never_opens_again(house):
    house.version(house.source(snapshots=3), 1, 2)

    with pytest.raises(REFUSED):
        run("UPDATE catalog_version SET last_seen = %s", LIVE)

    assert Version.objects.get().last_seen == 2


def test_written_pack_becomes_live_without_the_token_but_not_once_condemned(house):
    pack = house.pack()
    fresh = Pack.objects.create(name="packs/aa/aa", state="writing", key_group="default", created_at=pack.created_at)
    late = Pack.objects.create(name="packs/aa/ab", state="writing", key_group="default", created_at=pack.created_at)
    run_with_token("UPDATE catalog_pack SET state = 'condemned' WHERE id = %s", late.pk)

    assert run("UPDATE catalog_pack SET state = 'live', length = 5 WHERE id = %s", fresh.pk) == 1
    with pytest.raises(REFUSED):
        run_with_token("UPDATE catalog_pack SET state = 'live' WHERE id = %s", late.pk)


def test_content_of_a_manifest_is_refused_even_with_the_token(house):
    content = house.content()
    house.source(snapshots=1)
    run("UPDATE catalog_snapshot SET manifest_content = %s", content.pk)

    with pytest.raises(REFUSED):
        run_with_token("DELETE FROM catalog_content")

    assert Content.objects.count() == 1


def test_kept_content_is_refused_even_with_the_token_until_that_is_ended(house, on_day):
    content = house.content()
    house.keep(content)

    with pytest.raises(REFUSED):
        run_with_token("DELETE FROM catalog_content")
    with pytest.raises(REFUSED):
        run("UPDATE catalog_keptcontent SET ended_at = 5")
    run_with_token("UPDATE catalog_keptcontent SET ended_at = 5")
    with pytest.raises(REFUSED):
        run_with_token("UPDATE catalog_keptcontent SET ended_at = 6")

    assert run_with_token("DELETE FROM catalog_content") == 1


def test_without_its_trigger_a_held_version_would_go(house):
    """The mutant: what refuses is the trigger and nothing else."""
    house.version(house.source(snapshots=2), 1, 1)
    house.pin("all")
    table = " ON catalog_version" if connection.vendor == "postgresql" else ""
    run(f"DROP TRIGGER version_held_is_never_deleted{table}")

    assert run_with_token("DELETE FROM catalog_version") == 1
