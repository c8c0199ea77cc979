"""Bugs seeded by patching the racing processes: each takes away one rule of the protocol. The product has no switches.

The triggers that look again at what a mutant has overlooked are dropped in a mutant's database, so that its own harm shows.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from types import SimpleNamespace

from django.db import connection, transaction

from legalhold.catalog import associations, pins
from legalhold.catalog.capture import batches, committing, storing
from legalhold.catalog.destruction import destroy, gate, marking, sweep
from legalhold.catalog.held import is_held
from legalhold.database import rows
from legalhold.database.rows import any_id, execute, fetch, ids
from tests.campaigns.races.families import DEDUP, HOLD, MARKS, SAVED

HELD = f"NOT {is_held(version='v')}"
PAUSE_SECONDS = 0.002
"""Between a look and what is done because of it, where a mutant has both in one transaction."""


def no_guard() -> None:
    """Destroying batches don't take the guard."""

    @contextmanager
    def shared():
        with transaction.atomic(durable=True):
            yield 0

    gate.guard = SimpleNamespace(shared=shared)


def no_guard_and_no_rescue() -> None:
    """Besides, placing doesn't clear the marks of what is condemned, whose locks would order it against a batch too."""
    no_guard()
    as_it_is = pins.fetch
    associations._rescue = lambda condition, value: None
    pins.fetch = lambda sql, params=(): [] if "condemned_at IS NOT NULL" in sql else as_it_is(sql, params)


def hold_check_before_the_lock() -> None:
    """Pins are looked at once, before the guard (on SQLite: before BEGIN IMMEDIATE); marks and DELETE rely on it."""
    assert HELD in destroy.DELETE
    marking._KEPT = marking._KEPT.replace(f" OR {is_held(version='v')}", "")
    destroy.DELETE = destroy.DELETE.replace(f" AND {HELD}", "")
    _check_first(marking, "condemn")


def hold_check_outside_the_delete() -> None:
    """The DELETE alone doesn't look at pins; a statement before its lock does."""
    assert HELD in destroy.DELETE
    destroy.DELETE = destroy.DELETE.replace(f" AND {HELD}", "")
    _check_first(destroy, "destroy")


def _check_first(module, name: str) -> None:
    run = getattr(module, name)

    def checked(*, versions, **others):
        free = [
            row[0]
            for row in fetch(f"SELECT v.id FROM catalog_version v WHERE {any_id('v.id')} AND {HELD}", [ids(versions)])
        ]
        return run(versions=free, **others)

    setattr(module, name, checked)


def looked_up_before_begin() -> None:
    """What an ingest deduplicates against is looked up before its transaction, and isn't touched in it."""
    run = storing.store_and_commit

    def store_and_commit(*, contents, fill, filler, then):
        digests = sorted(content.summary.digest for content in contents)
        found = committing.by_digest("SELECT id, content_digest FROM catalog_content WHERE content_digest", digests)
        known = {bytes(digest): number for number, digest in found}
        committing._revive_contents = lambda wanted: {digest: known[digest] for digest in wanted if digest in known}
        revive = committing.__dict__["_revive_parts_as_it_is"]
        committing._revive_parts = lambda present, needed: revive([], needed)
        return run(contents=contents, fill=fill, filler=filler, then=then)

    committing.__dict__["_revive_parts_as_it_is"] = committing._revive_parts
    batches.store_and_commit = store_and_commit


def plain_select() -> None:
    """An ingest looks at what it deduplicates against instead of updating it."""
    _instead_of_the_update("")


def for_share() -> None:
    """An ingest locks what it deduplicates against in share mode instead of updating it."""
    _instead_of_the_update(" FOR SHARE")


def for_key_share() -> None:
    """An ingest locks what it deduplicates against in key share mode instead of updating it."""
    _instead_of_the_update(" FOR KEY SHARE")


def for_share_against_one_statement() -> None:
    """FOR SHARE, and a mark and a sweep that lock by the statement that looks."""
    for_share()
    mark_and_sweep_in_one_statement()


def for_key_share_against_one_statement() -> None:
    """FOR KEY SHARE, and a mark and a sweep that lock by the statement that looks."""
    for_key_share()
    mark_and_sweep_in_one_statement()


def _instead_of_the_update(lock: str) -> None:
    class Rows:
        def __getattr__(self, name):
            return getattr(rows, name)

        def fetch(self, sql, params=()):
            if sql.startswith("UPDATE catalog_") and "RETURNING" in sql:
                table, rest = sql.removeprefix("UPDATE ").split(" SET dead_at = NULL WHERE ")
                condition, columns = rest.split(" RETURNING ")
                sql = f"SELECT {columns} FROM {table} WHERE {condition}{lock}"
            return rows.fetch(sql, params)

    committing.rows = Rows()
    committing._lock = lambda table, found: None


def update_skips_live() -> None:
    """An ingest updates only what is marked dead, and takes what isn't as it looks."""

    class Rows:
        def __getattr__(self, name):
            return getattr(rows, name)

        def fetch(self, sql, params=()):
            if not (sql.startswith("UPDATE catalog_") and "RETURNING" in sql):
                return rows.fetch(sql, params)
            table, rest = sql.removeprefix("UPDATE ").split(" SET dead_at = NULL WHERE ")
            condition, columns = rest.split(" RETURNING ")
            live = rows.fetch(f"SELECT {columns} FROM {table} WHERE {condition} AND dead_at IS NULL", params)
            dead = rows.fetch(
                f"UPDATE {table} SET dead_at = NULL WHERE {condition} AND dead_at IS NOT NULL RETURNING {columns}",
                params,
            )
            return [*live, *dead]

    committing.rows = Rows()
    committing._lock = lambda table, found: None


def on_conflict_do_nothing() -> None:
    """An ingest inserts what it needs ON CONFLICT DO NOTHING and takes what is there as it is."""

    def keep_contents(*, contents, filler):
        wanted = {content.summary.digest: content for content in contents}
        new = committing._upsert(
            "INSERT INTO catalog_content (content_digest, size_bytes, crc32) VALUES",
            [(digest, one.summary.size_bytes, one.summary.crc32) for digest, one in sorted(wanted.items())],
            "ON CONFLICT (content_digest) DO NOTHING RETURNING content_digest, id",
        )
        new = {bytes(digest): number for digest, number in new}
        found = committing.by_digest(
            "SELECT id, content_digest FROM catalog_content WHERE content_digest", sorted(wanted)
        )
        there = {bytes(digest): number for number, digest in found}
        missing = [wanted[digest] for digest in sorted(new)]
        needed = {key for content in missing for key in content.part_keys()}
        if needed - filler.stored.keys():
            raise committing.PartsGone
        committing._make_live(filler.packs)
        parts = committing._insert_parts({key: filler.stored[key] for key in needed})
        committing._insert_content_parts(missing, new, parts)
        return committing.KeptContents(there, frozenset(new))

    storing.keep_contents = keep_contents


def mark_and_sweep_in_one_statement() -> None:
    """Mark and sweep have no locking statement of their own: their snapshot is older than their lock."""
    sweep.LOCK_CONTENTS = sweep.LOCK_CONTENTS.replace(" FOR UPDATE", "")
    sweep.LOCK_PARTS = sweep.LOCK_PARTS.replace(" FOR UPDATE", "")


def mark_looks_before_locking() -> None:
    """What nothing refers to is looked for first, then locked and marked."""

    def mark_dead(*, contents, at) -> int:
        found = _look(f"SELECT c.id FROM catalog_content c WHERE {any_id('c.id')} AND {sweep.UNREFERRED}", contents)
        fetch(sweep.LOCK_CONTENTS, [ids(found)])
        execute(f"UPDATE catalog_content SET dead_at = 1 WHERE {any_id('id')}", [ids(found)])
        parts = [
            row[0]
            for row in fetch(f"SELECT part_id FROM catalog_contentpart WHERE {any_id('content_id')}", [ids(found)])
        ]
        mark_parts(parts, at)
        return len(found)

    def mark_parts(parts, at) -> None:
        found = _look(f"SELECT p.id FROM catalog_part p WHERE {any_id('p.id')} AND {sweep.LIFELESS}", parts)
        fetch(sweep.LOCK_PARTS, [ids(found)])
        execute(f"UPDATE catalog_part SET dead_at = 1 WHERE {any_id('id')}", [ids(found)])

    sweep.mark_dead = destroy.mark_dead = mark_dead
    sweep._mark_parts = mark_parts


def sweep_looks_before_locking() -> None:
    """What is dead and unused is looked for first, then locked and deleted."""

    def fetch_late(sql, params=()):
        if sql == sweep.DELETE_CONTENTS:
            fetch(sweep.LOCK_CONTENTS, [ids(late.contents)])
            return fetch(f"DELETE FROM catalog_content WHERE {any_id('id')} RETURNING id", [ids(late.contents)])
        if sql == sweep.LOCK_CONTENTS and late.is_sweeping:
            late.contents = _look(
                f"SELECT c.id FROM catalog_content c WHERE {any_id('c.id')} AND c.dead_at IS NOT NULL AND {sweep.UNREFERRED}",
                None, params,
            )  # fmt: skip
            return []
        return fetch(sql, params)

    def sweeping(batch, at):
        late.is_sweeping = True
        try:
            return as_it_is(batch, at)
        finally:
            late.is_sweeping = False

    late, as_it_is = SimpleNamespace(is_sweeping=False, contents=[]), sweep._sweep_contents
    sweep.fetch, sweep._sweep_contents = fetch_late, sweeping


def mark_and_sweep_look_before_locking() -> None:
    """Both."""
    mark_looks_before_locking()
    sweep_looks_before_locking()


def _look(select: str, values=None, params=None) -> list[int]:
    found = [row[0] for row in fetch(select, params if params is not None else [ids(values)])]
    time.sleep(PAUSE_SECONDS)
    return found


MUTANTS = {name: globals()[name] for family in (HOLD, DEDUP, MARKS, SAVED) for some in family.values() for name in some}


def drop_second_looks() -> None:
    """Drop the triggers that look again at pins and references when a row is deleted."""
    names = {"version": ["version_held_is_never_deleted"], "content": ["content_deleting_is_the_gates"],
             "part": ["part_deleting_is_the_gates"], "contentpart": ["contentpart_deleting_is_the_gates"]}  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        for table, some in names.items():
            for name in some:
                on = f" ON catalog_{table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
