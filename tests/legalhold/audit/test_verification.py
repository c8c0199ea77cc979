"""Every way to tamper with the trail is found, and the first bad event named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from legalhold.archive import canonical_json
from legalhold.audit.anchors import read_file
from legalhold.audit.merkle import Frontier, leaf_digest
from legalhold.audit.models import AuditEvent, SealedEvent, TreeHead
from legalhold.audit.services import create_signing_key, seal, verify
from legalhold.database import rows
from legalhold.database.fields import to_micros

DAY = 24 * 3600 * 1_000_000


@pytest.fixture
def check(key, anchor):
    return lambda: verify(public=key.public, anchors=read_file(path=anchor))


def event_at(position):
    return AuditEvent.objects.get(pk=SealedEvent.objects.get(position=position).event_id)


def first(result):
    return result.findings[0].position, result.findings[0].what


def test_untouched_trail_is_good(trail, check):
    result = check()

    assert (result.sealed, result.unsealed, result.heads, result.anchors) == (12, 1, 3, 3)
    assert result.findings == ()
    assert result.is_good


def test_empty_trail_is_good(db, key):
    assert verify(public=key.public).is_good


@pytest.mark.parametrize("assignment", ["actor = 'system:other'", "at = at + 1", "verb = 'thing.undone'", "subject_key = 'x'",
                                        "subject_kind = 'x'", "matter_key = '11111111222233334444555555555555'"])  # fmt: skip
def test_edited_column_names_the_event(trail, check, forging, assignment):
    with forging() as execute:
        execute(f"UPDATE audit_auditevent SET {assignment} WHERE id = %s", [event_at(3).pk])

    position, what = first(check())

    assert position == 3
    assert assignment.split()[0] in what


@pytest.mark.parametrize("body", [b'{"number":99}', b"[]", b"\xff", b"{}"])
def test_edited_bytes_name_the_event(trail, check, forging, body):
    with forging() as execute:
        execute("UPDATE audit_auditevent SET body = %s WHERE id = %s", [body, event_at(3).pk])

    assert first(check()) == (
        3,
        f"the event at position 3 (thing.done, {event_at(3).key}) was changed after it was sealed",
    )


def test_edited_digest_names_the_event(trail, check, forging):
    with forging() as execute:
        execute("UPDATE audit_auditevent SET leaf_digest = %s WHERE id = %s", [bytes(32), event_at(4).pk])

    assert first(check())[0] == 4
    assert "the digest beside" in first(check())[1]


def forged_body(event, **changes):
    import json

    return canonical_json({**json.loads(bytes(event.body)), **changes})


def test_edit_with_every_digest_made_to_fit_is_found_by_the_head(trail, check, forging):
    event = event_at(7)
    body = forged_body(event, actor="system:other")
    with forging() as execute:
        execute(
            "UPDATE audit_auditevent SET actor = 'system:other', body = %s, leaf_digest = %s WHERE id = %s",
            [body, leaf_digest(body), event.pk],
        )
        execute("UPDATE audit_sealedevent SET leaf_digest = %s WHERE position = 7", [leaf_digest(body)])

    result = check()

    assert len(result.findings) == 2  # by the trail's own head, and by the anchor's
    assert first(result) == (
        5,
        "the head of 10 events doesn't fit the events: an event between positions 5 and 9 was changed, added, removed or moved",
    )


def test_edit_with_the_heads_made_to_fit_too_is_found_by_the_signature(trail, check, forging):
    event = event_at(11)
    body = forged_body(event, actor="system:other")
    leaves = [bytes(entry.leaf_digest) for entry in SealedEvent.objects.order_by("position")][:11]
    frontier = Frontier()
    for leaf in [*leaves, leaf_digest(body)]:
        frontier.append(leaf)
    with forging() as execute:
        execute(
            "UPDATE audit_auditevent SET actor = 'system:other', body = %s, leaf_digest = %s WHERE id = %s",
            [body, leaf_digest(body), event.pk],
        )
        execute("UPDATE audit_sealedevent SET leaf_digest = %s WHERE position = 11", [leaf_digest(body)])
        execute("UPDATE audit_treehead SET root_digest = %s WHERE size = 12", [frontier.root()])

    whats = [finding.what for finding in check().findings]

    assert whats[0] == "the head of 12 events isn't signed with the key given"
    assert "kept in heads.jsonl line 3 doesn't fit" in whats[1]


def test_removed_event_is_named(trail, check, forging):
    with forging() as execute:
        execute("DELETE FROM audit_auditevent WHERE id = %s", [event_at(2).pk])

    assert first(check()) == (2, "the event at position 2 was removed")


def test_event_removed_with_its_place_is_named(trail, check, forging):
    with forging() as execute:
        execute("DELETE FROM audit_auditevent WHERE id = %s", [event_at(2).pk])
        execute("DELETE FROM audit_sealedevent WHERE position = 2")

    assert first(check()) == (2, "position 2 is missing; the next one is 3")


def test_event_removed_and_the_rest_renumbered_is_found(trail, check, forging):
    with forging() as execute:
        execute("DELETE FROM audit_auditevent WHERE id = %s", [event_at(6).pk])
        execute("DELETE FROM audit_sealedevent WHERE position = 6")
        for position in range(7, 12):
            execute("UPDATE audit_sealedevent SET position = %s WHERE position = %s", [position - 1, position])

    result = check()

    assert first(result)[0] == 5
    assert "positions 5 and 9" in first(result)[1]
    assert any(
        "a head of 12 events is kept, but the trail ends after 11" in finding.what for finding in result.findings
    )


def test_swapped_events_are_found(trail, check, forging):
    with forging() as execute:
        execute("UPDATE audit_sealedevent SET position = 99 WHERE position = 1")
        execute("UPDATE audit_sealedevent SET position = 1 WHERE position = 3")
        execute("UPDATE audit_sealedevent SET position = 3 WHERE position = 99")

    assert first(check())[0] == 0
    assert "the head of 5 events doesn't fit" in first(check())[1]


def test_events_that_exchanged_their_bytes_are_found(trail, check, forging):
    one, other = event_at(1), event_at(3)
    with forging() as execute:
        for event, taken in ((one, other), (other, one)):
            execute(
                "UPDATE audit_auditevent SET body = %s, leaf_digest = %s WHERE id = %s",
                [taken.body, taken.leaf_digest, event.pk],
            )

    assert [finding.position for finding in check().findings] == [1, 3]


def cut_off(execute, size):
    """Take the trail back to an older state that is whole in itself."""
    execute(
        "DELETE FROM audit_auditevent WHERE id IN (SELECT event_id FROM audit_sealedevent WHERE position >= %s)", [size]
    )
    execute("DELETE FROM audit_sealedevent WHERE position >= %s", [size])
    execute("DELETE FROM audit_treehead WHERE size > %s", [size])


def test_cut_off_end_is_found_by_the_anchor(trail, check, forging):
    with forging() as execute:
        cut_off(execute, 10)

    assert [finding.what for finding in check().findings] == [
        "heads.jsonl line 3 keeps a head of 12 events, but the trail ends after 10: its end was cut off, or this is another trail"
    ]


def test_cut_off_end_is_not_found_without_an_anchor(trail, key, forging):
    """Why anchors are not an extra."""
    with forging() as execute:
        cut_off(execute, 10)

    assert verify(public=key.public).is_good


def test_cut_off_end_that_was_filled_anew_is_found_by_the_anchor(trail, check, forging, note, key, at):
    with forging() as execute:
        cut_off(execute, 10)
        execute("DELETE FROM audit_auditevent WHERE id NOT IN (SELECT event_id FROM audit_sealedevent)")
    note(50, 51)
    seal(key=key, at=at + timedelta(hours=1))

    whats = [finding.what for finding in check().findings]

    assert len(whats) == 1
    assert whats[0].startswith("the head of 12 events kept in heads.jsonl line 3 doesn't fit")


def test_cut_off_head_alone_is_found(trail, key, forging):
    with forging() as execute:
        execute("DELETE FROM audit_treehead WHERE size = 12")

    assert first(verify(public=key.public)) == (
        10,
        "the events from position 10 on are in the tree without a signed head",
    )


def test_cut_off_events_alone_are_found(trail, key, forging):
    with forging() as execute:
        execute("DELETE FROM audit_sealedevent WHERE position >= 11")

    assert first(verify(public=key.public)) == (
        11,
        "a head of 12 events is kept, but the trail ends after 11: its end was cut off",
    )


def test_event_inserted_into_the_past_of_the_tree_is_found(trail, check, forging, note):
    (event,) = note(60)
    with forging() as execute:
        for position in range(11, 5, -1):
            execute("UPDATE audit_sealedevent SET position = %s WHERE position = %s", [position + 1, position])
    rows.insert_rows(
        table="audit_sealedevent",
        columns=("position", "event_id", "leaf_digest"),
        rows=[(6, event.pk, bytes(event.leaf_digest))],
    )

    assert first(check())[0] == 5
    assert "the head of 10 events doesn't fit" in first(check())[1]


def test_event_inserted_with_an_old_date_is_found_before_and_after_it_is_sealed(trail, key, check, note, at):
    (event,) = note(0, at=at - timedelta(days=2))

    before = check()
    seal(key=key, at=at + timedelta(hours=1))
    after = check()

    assert [finding.what for finding in before.findings] == [
        f"the unsealed event thing.done ({event.key}) is dated 2026-02-28 12:00, more than a day before the newest head"
    ]
    assert [(finding.position, finding.what) for finding in after.findings] == [
        (
            13,
            f"the event at position 13 (thing.done, {event.key}) is dated 2026-02-28 12:00, more than a day before it was sealed",
        )
    ]


def test_event_of_a_long_act_is_no_finding(trail, check, note, at):
    note(0, at=at - timedelta(hours=23))

    assert check().is_good


@pytest.mark.parametrize(
    ("assignment", "says"),
    [("actor = 'other'", "its actor was changed in the columns"), ("leaf_digest = body", "was changed")],
)
def test_edited_unsealed_event_is_named(trail, check, forging, assignment, says):
    with forging() as execute:
        execute(f"UPDATE audit_auditevent SET {assignment} WHERE subject_key = '12'")

    result = check()

    assert (result.unsealed, len(result.findings), result.findings[0].position) == (1, 1, None)
    assert says in result.findings[0].what


@pytest.mark.parametrize(
    ("body", "says"), [(b"\xff", "can't be read"), (b"[]", "aren't an event's"), (b"{}", "aren't an event's")]
)
def test_unsealed_event_of_foreign_bytes_is_named(trail, check, forging, body, says):
    with forging() as execute:
        execute(
            "UPDATE audit_auditevent SET body = %s, leaf_digest = %s WHERE subject_key = '12'",
            [body, leaf_digest(body)],
        )

    assert says in check().findings[0].what


def test_trail_signed_with_another_key_is_found(trail, check, anchor, tmp_path, random):
    other = create_signing_key(path=tmp_path / "other.key", random=random)

    result = verify(public=other.public, anchors=read_file(path=anchor))

    assert len(result.findings) == 6
    assert all("isn't signed with the key given" in finding.what for finding in result.findings)


def test_head_dated_otherwise_is_found(trail, key, forging):
    with forging() as execute:
        execute("UPDATE audit_treehead SET sealed_at = sealed_at - 1 WHERE size = 10")

    assert first(verify(public=key.public)) == (9, "the head of 10 events isn't signed with the key given")


def test_walk_goes_over_many_chunks(note, key, at, monkeypatch, check, anchor):
    monkeypatch.setattr("legalhold.audit.queries.CHUNK", 7)
    anchor.parent.mkdir()
    note(*range(30))
    seal(key=key, at=at, anchor=anchor)

    assert (check().sealed, check().is_good) == (30, True)


ATTACKS = 60


def test_random_attacks_are_all_found(trail, check, forging, random):
    """Small changes of every column of the three tables, one at a time, each undone again."""
    import random as randomness

    dice = randomness.Random(7)
    tables = {
        "audit_auditevent": ("id", ["at", "actor", "verb", "subject_kind", "subject_key", "body", "leaf_digest"]),
        "audit_sealedevent": ("position", ["leaf_digest", "position", "event_id"]),
        "audit_treehead": ("size", ["root_digest", "sealed_at", "signature", "size"]),
    }
    missed = []
    with forging() as execute:
        for _ in range(ATTACKS):
            table = dice.choice(list(tables))
            key, columns = tables[table]
            column = dice.choice(columns)
            (row,) = dice.sample(rows.fetch(f"SELECT {key}, {column} FROM {table}"), 1)
            old = bytes(row[1]) if isinstance(row[1], memoryview | bytes) else row[1]
            new = old + 1000 if isinstance(old, int) else old[:-1] + (b"~" if isinstance(old, bytes) else "~")
            place = new if column == key else row[0]
            execute(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [new, row[0]])
            if check().is_good:
                missed.append((table, column))
            execute(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [old, place])

    assert missed == []
    assert check().is_good
    assert to_micros(TreeHead.objects.get(size=12).sealed_at) < DAY * 365 * 100
