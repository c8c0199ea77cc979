"""Freezing collections: what is in them stays, whatever the rest of the house does."""

from __future__ import annotations

import json
from datetime import UTC, timedelta

import pytest

from legalhold.accounts.roles import EVERY_PERMISSION, Permission
from legalhold.audit.models import AuditEvent
from legalhold.catalog.associations import end_association
from legalhold.catalog.held import is_held
from legalhold.catalog.models import GroupMember, Pin, Source, SourceCustodian, Version
from legalhold.catalog.pins import PinSpec, place_pins
from legalhold.custodians.models import Group
from legalhold.database import guard, rows
from legalhold.holds.models import Hold, HoldTarget
from legalhold.journal.models import OutboxEntry
from legalhold.matters.access import Access, MatterUnknown, NotAllowed
from legalhold.review.freezing import owner_of, windows_of_collection
from legalhold.review.indexing import index_pending
from legalhold.review.models import Collection, CollectionItem
from legalhold.review.queries import CollectionUnknown, find_collection, search_matter, visible_collections
from legalhold.review.replay import HANDLERS
from legalhold.review.rules import NameInvalid
from legalhold.review.scope import Window, windows_of_hold
from legalhold.review.services import (
    CollectionNameTaken,
    NothingFound,
    collect,
    collect_hold,
    forget_interrupted,
    search_everything,
)
from tests.organisation import START, container, event, file, mail


@pytest.fixture
def alice(organisation):
    return organisation.custodian("Adams, Alice", "E1007", "alice@example.com")


@pytest.fixture
def matter(organisation, alice):
    box, laptop = organisation.source(alice), organisation.source(alice, "Laptop", "device_files")
    organisation.capture(box, mail("forecast one"), mail("forecast two"), mail("lunch"), day=1)
    organisation.capture(laptop, file("C/forecast.xlsx"), file("C/other.txt"), day=1)
    index_pending(at=START)
    return organisation.matter("Acme", alice)


@pytest.fixture
def freeze(matter, archive, access):
    def freeze(text="forecast", name="First", by=access):
        return collect(text=text, matter=matter, name=name, archive=archive, access=by, at=START)

    return freeze


def held() -> set[bytes]:
    return {bytes(row[0]) for row in rows.fetch(f"SELECT v.name FROM catalog_version v WHERE {is_held(version='v')}")}


def names(collection) -> set[bytes]:
    versions = CollectionItem.objects.filter(collection_id=collection.pk).values_list("version_id", flat=True)
    return {bytes(name) for name in Version.objects.filter(pk__in=versions).values_list("name", flat=True)}


FORECASTS = {b"forecast one", b"forecast two", b"forecast.xlsx"}


def test_collect_freezes_what_the_query_finds_and_nothing_else(freeze):
    assert held() == set()

    collection = freeze()

    assert names(collection) == held() == FORECASTS
    assert str(collection) == "First"
    assert (collection.state, collection.items) == ("frozen", 3)
    assert collection.size_bytes == sum(Version.objects.filter(name__in=FORECASTS).values_list("size_bytes", flat=True))
    assert Pin.objects.filter(ended_at=None).count() == 2
    assert set(Pin.objects.filter(ended_at=None).values_list("target", "owner")) == {
        ("frozen", f"collection:{collection.key}")
    }


def test_collect_rescues_nothing_it_does_not_freeze(freeze, organisation, alice):
    other = organisation.source(alice, "Other")
    organisation.capture(other, mail("unrelated"), day=1)
    index_pending(at=START)
    Version.objects.filter(name=b"unrelated").update(condemned_at=START)

    freeze()

    assert Version.objects.get(name=b"unrelated").condemned_at == START


def test_collect_is_recorded_and_durable(freeze, matter):
    collection = freeze()

    [recorded] = AuditEvent.objects.filter(verb="collection.frozen")
    assert (recorded.subject_key, recorded.matter_key, recorded.actor) == (
        str(collection.key),
        matter.key,
        "system:tester",
    )
    assert OutboxEntry.objects.filter(sequence=None).count() == 0
    assert OutboxEntry.objects.filter(verb="collection.frozen").count() == 1


def test_collect_refuses_a_name_that_is_taken(freeze):
    freeze()

    with pytest.raises(CollectionNameTaken, match="First"):
        freeze("lunch")

    assert names(Collection.objects.get()) == FORECASTS


def test_collect_of_nothing_makes_nothing(freeze):
    with pytest.raises(NothingFound, match="nothing was collected"):
        freeze("zebra")

    assert (Collection.objects.count(), Pin.objects.count()) == (0, 0)


def test_a_collection_that_a_crash_left_half_frozen_is_let_go_and_made_anew(freeze):
    unfinished = freeze()
    Collection.objects.update(state="freezing")

    again = freeze("lunch")

    assert again.key != unfinished.key
    assert (names(again), held()) == ({b"lunch"}, {b"lunch"})
    assert CollectionItem.objects.count() == 1


def test_a_collection_that_a_crash_left_half_frozen_is_let_go_at_the_next_start(freeze):
    kept, unfinished = freeze("lunch", "Kept"), freeze()
    Collection.objects.filter(pk=unfinished.pk).update(state="freezing")
    with guard.exclusive():
        place_pins(specs=[PinSpec("cover", owner_of(collection=unfinished), Pin.Target.ALL)], at=START)

    forgotten = [forget_interrupted(by="system:next", at=START) for _ in range(2)]

    assert forgotten == [1, 0]
    assert (list(Collection.objects.values_list("key", flat=True)), held()) == ([kept.key], {b"lunch"})
    assert (CollectionItem.objects.count(), Pin.objects.filter(ended_at=None).count()) == (1, 1)
    event = AuditEvent.objects.order_by("-pk").first()
    assert (event.verb, event.actor, event.subject_key) == ("collection.abandoned", "system:next", str(unfinished.key))


def test_collecting_needs_its_permissions_and_its_matter(freeze, organisation):
    mine = organisation.matter("Mine")
    reader = Access(actor="user:reader", permissions=frozenset({Permission.READ_CONTENT}), matters=None)
    stranger = Access(actor="user:eve", permissions=EVERY_PERMISSION, matters=frozenset({mine.key}))

    with pytest.raises(NotAllowed, match="manage_collections"):
        freeze(by=reader)
    with pytest.raises(MatterUnknown):
        freeze(by=stranger)
    assert (Collection.objects.count(), Pin.objects.count()) == (0, 0)


def test_collections_of_a_foreign_matter_read_like_ones_that_are_not_there(freeze, organisation, access):
    collection = freeze()
    mine = organisation.matter("Mine")
    stranger = Access(actor="user:eve", permissions=EVERY_PERMISSION, matters=frozenset({mine.key}))

    assert list(visible_collections(access=stranger)) == []
    for text in ("First", str(collection.key), "no such"):
        with pytest.raises(CollectionUnknown, match="no collection has"):
            find_collection(text=text, access=stranger)
    assert find_collection(text="First", access=access) == find_collection(
        text=str(collection.key), access=access, matter=collection.matter
    )


def test_a_collection_name_in_two_matters_is_ambiguous(freeze, organisation, archive, access, alice):
    freeze()
    collect(
        text="lunch", matter=organisation.matter("Other", alice), name="First", archive=archive, access=access, at=START
    )

    with pytest.raises(
        CollectionUnknown, match=r"2 matters have a collection named 'First'; give the key of one: Acme: .*; Other: "
    ):
        find_collection(text="First", access=access)


def test_everything_of_a_hold_has_every_version_ever_captured(organisation, alice, archive, access):
    box = organisation.source(alice)
    organisation.capture(box, mail("first", key="1"), mail("gone", key="2"), container("a.mbox"), day=1)
    organisation.capture(box, mail("second", key="1"), day=2)
    matter = organisation.matter("Acme")
    hold = Hold.objects.create(matter=matter, name="Hold", state="in_effect", drafted_at=START)
    HoldTarget.objects.create(hold=hold, custodian=alice, added_at=START)

    collection = collect_hold(hold=hold, name="All", archive=archive, access=access, at=START)

    assert names(collection) == {b"first", b"second", b"gone"}
    assert collection.description == "everything of hold Hold"


def test_a_hold_shows_groups_while_they_had_the_member_and_sources_of_nobody(organisation, alice):
    box = organisation.source(alice)
    for day in (1, 2, 3, 4):
        organisation.capture(box, mail(f"day {day}"), day=day)
    nobodys = organisation.source(None, "Shared", "shared_folder")
    organisation.capture(nobodys, file("a"), day=1)
    group = Group.objects.create(name="Board", created_at=START)
    GroupMember.objects.create(
        group=group, custodian=alice, from_at=START + timedelta(days=2), to_at=START + timedelta(days=4)
    )
    hold = Hold.objects.create(matter=organisation.matter("Acme"), name="Hold", state="in_effect", drafted_at=START)
    HoldTarget.objects.create(hold=hold, group=group, added_at=START)
    HoldTarget.objects.create(hold=hold, source=nobodys, added_at=START)

    assert windows_of_hold(hold=hold) == (Window(box.pk, alice.pk, 2, 3), Window(nobodys.pk, 0, 1, 1))


def test_a_custodian_removed_from_a_hold_is_no_longer_shown(organisation, alice):
    organisation.capture(organisation.source(alice), mail("one"), day=1)
    hold = Hold.objects.create(matter=organisation.matter("Acme"), name="Hold", state="in_effect", drafted_at=START)
    HoldTarget.objects.create(hold=hold, custodian=alice, added_at=START, removed_at=START)

    assert windows_of_hold(hold=hold) == ()


def test_a_collection_keeps_whose_its_sources_were(freeze, matter):
    collection = freeze()
    before = windows_of_collection(collection=collection)
    with guard.exclusive():
        end_association(association=SourceCustodian.objects.first(), to_at=START, at=START)

    assert windows_of_collection(collection=collection) == before
    assert len(before) == 2


def test_a_replayed_collection_is_the_same(freeze, organisation, archive, access, alice):
    organisation.capture(organisation.source(None, "Shared", "shared_folder"), file("forecast.doc"), day=1)
    hold = Hold.objects.create(
        matter=Collection.objects.first() or organisation.matter("H"), name="Hold", state="in_effect", drafted_at=START
    )
    HoldTarget.objects.create(hold=hold, source=Source.objects.get(name="Shared"), added_at=START)
    HoldTarget.objects.create(hold=hold, custodian=alice, added_at=START)
    collection = collect_hold(hold=hold, name="First", archive=archive, access=access, at=START)
    windows, found = windows_of_collection(collection=collection), names(collection)
    [entry] = OutboxEntry.objects.filter(verb="collection.frozen")
    CollectionItem.objects.all().delete()
    Collection.objects.all().delete()

    HANDLERS["collection.frozen"](json.loads(bytes(entry.payload)), entry.recorded_at)

    again = Collection.objects.get()
    assert (again.key, again.state, again.items, again.frozen_by) == (collection.key, "frozen", 6, "system:tester")
    assert (windows_of_collection(collection=again), names(again)) == (windows, found)


def test_search_matter_shows_what_it_finds(matter, access):
    result = search_matter(text="forecast", matter=matter, access=access)

    assert result.found.items == 3
    assert [(hit.name, hit.subject, hit.custodians, hit.source, hit.folder, hit.is_live) for hit in result.hits] == [
        ("forecast one", "forecast one", ("Adams, Alice",), "Mailbox", "Inbox", True),
        ("forecast two", "forecast two", ("Adams, Alice",), "Mailbox", "Inbox", True),
        ("forecast.xlsx", "", ("Adams, Alice",), "Laptop", "C", True),
    ]


def test_searching_needs_its_permission_and_its_matter(matter, organisation):
    nobody = Access(actor="user:nobody", permissions=frozenset(), matters=None)
    stranger = Access(
        actor="user:eve", permissions=EVERY_PERMISSION, matters=frozenset({organisation.matter("Mine").key})
    )

    with pytest.raises(NotAllowed, match="read_content"):
        search_matter(text="*", matter=matter, access=nobody)
    with pytest.raises(MatterUnknown):
        search_matter(text="*", matter=matter, access=stranger)


def test_searching_everything_is_allowed_to_few_and_recorded(matter, organisation, access):
    organisation.capture(organisation.source(None, "Nobody's"), mail("forecast three"), event("x"), day=1)
    index_pending(at=START)
    reader = Access(actor="user:reader", permissions=frozenset({Permission.READ_CONTENT}), matters=None)

    with pytest.raises(NotAllowed, match="browse_unheld"):
        search_everything(text="forecast", access=reader, zone=UTC, at=START)
    assert AuditEvent.objects.filter(verb="unheld.searched").count() == 0
    result = search_everything(text="forecast", access=access, zone=UTC, at=START)

    assert (result.found.items, {hit.custodians for hit in result.hits}) == (4, {("Adams, Alice",), ()})
    [recorded] = AuditEvent.objects.filter(verb="unheld.searched")
    assert json.loads(bytes(recorded.body))["body"] == {"items": 4, "query": "forecast", "shown": 4}


@pytest.mark.parametrize("name", ["", " First", "a\nb", "x" * 181])
def test_collect_refuses_a_name_that_is_not_for_one_line(freeze, name):
    with pytest.raises(NameInvalid, match="1 to 180 printable"):
        freeze(name=name)

    assert (Collection.objects.count(), Pin.objects.count()) == (0, 0)
