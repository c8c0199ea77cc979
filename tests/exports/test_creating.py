"""Creating exports: fates, determinism, crashes, refusals."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection

from exports import filling
from exports.filling import ExportUnbalanced, require_balance
from exports.models import Export, ExportedItem, ExportFile, OwnBytes
from exports.queries import fates_of, ledger_lines, not_exported, open_export
from exports.services import ExportNameTaken, create_export, create_export_of_hold, creating
from exports.services.creating import CollectionNotFrozen, ZoneUnknown
from exports.trees.export import ExportNotReady
from exports.writers.verify import verify_tree
from legalhold.audit.models import AuditEvent
from legalhold.catalog.associations import associate, end_association
from legalhold.catalog.models import Pack, Source, SourceCustodian
from legalhold.database import guard
from legalhold.holds.models import Hold, HoldTarget
from legalhold.journal.models import OutboxEntry
from legalhold.review.indexing import index_pending
from legalhold.review.models import Collection
from legalhold.review.services import collect
from tests.exported import files_of, fill, rows_of
from tests.organisation import START, container, event, file, mail


def test_a_later_capture_changes_nothing_of_the_same_collection(organisation, matter, make, archive, access):
    before = make(matter)
    box = Source.objects.get(name="Mailbox")
    organisation.capture(box, mail("other", key="9"), day=5)

    again = create_export(
        collection=before.collection, name="Again", archive=archive, access=access, at=START + timedelta(days=9)
    )

    first, second = (open_export(export=one, archive=archive, access=access) for one in (before, again))
    assert files_of(first)["index.csv"] == files_of(second)["index.csv"]
    assert "other" not in str(list(files_of(second)))


def test_every_item_has_exactly_one_fate(export, access):
    assert export.counts == {
        "collected": 9, "exported": 9, "duplicates": 0, "withheld": 0, "not_exported": 0, "not_exported_reasons": {},
        "earlier_versions": 1, "exceptions": {},
    }  # fmt: skip
    assert [fate.control_number for fate in fates_of(export=export, access=access)] == list(range(1, 10))
    assert ledger_lines(export=export)[0] == "not exported   0"


def test_a_lost_fate_is_noticed(export):
    ExportedItem.objects.filter(control_number=3).delete()

    with pytest.raises(ExportUnbalanced, match="9 fates counted and 8 written"):
        require_balance(export=export)


def test_what_cannot_be_read_is_not_exported_and_says_why(organisation, make, archive, access):
    bob = organisation.custodian("Brown, Bob")
    organisation.capture(organisation.source(bob, "Calendar"), event("Broken"), mail("fine"), day=1)
    index_pending(at=START)
    matter = organisation.matter("Acme", bob)
    collection = collect(text="*", matter=matter, name="All", archive=archive, access=access, at=START)
    for pack in Pack.objects.filter(state="live"):
        archive.store.delete(name=pack.name)

    export = create_export(collection=collection, name="All", archive=archive, access=access, at=START)

    tree = open_export(export=export, archive=archive, access=access)
    exceptions = rows_of(b"".join(tree.open(tree.lookup(("exceptions.csv",)))))
    assert (export.counts["collected"], export.counts["exported"], export.counts["not_exported"]) == (2, 0, 2)
    assert [(row["Fate"], row["Code"], row["Original path"]) for row in exceptions] == [
        ("not exported", "Unreadable", "Inbox/fine"),
        ("not exported", "Unreadable", "Work/Broken"),
    ]
    assert export.counts["not_exported_reasons"] == {"Unreadable": 2}
    assert verify_tree(tree=tree).is_good
    assert not_exported(export=export, access=access) == [("Inbox/fine", "Unreadable"), ("Work/Broken", "Unreadable")]


def test_an_item_whose_version_is_gone_is_left_out_without_a_path(export, access):
    ExportedItem.objects.filter(control_number=2).update(fate="not_exported", reason="Unreadable", version_id=None)

    assert not_exported(export=export, access=access) == [("", "Unreadable")]


def test_what_only_seemed_lost_is_exported(organisation, make, archive, monkeypatch):
    """A repack had moved it between the look at the catalog and the look at the store."""
    bob = organisation.custodian("Brown, Bob")
    organisation.capture(organisation.source(bob), mail("fine"), day=1)
    index_pending(at=START)
    monkeypatch.setattr(filling, "suspect_contents", lambda *, digests, archive: set(digests))

    export = make(organisation.matter("Acme", bob))

    assert (export.counts["exported"], export.counts["not_exported"]) == (1, 0)


def test_first_and_last_are_told_within_what_was_frozen(organisation, archive, access, make):
    """The mailbox was Bob's before: when he first had a message isn't told of Zoe's."""
    bob, zoe = organisation.custodian("Brown, Bob"), organisation.custodian("Zoe")
    box = organisation.source(bob)
    organisation.capture(box, mail("one"), day=1)
    with guard.exclusive():
        association = SourceCustodian.objects.get(source=box)
        end_association(association=association, to_at=START + timedelta(days=2), at=START)
        associate(source=box, custodian=zoe, from_at=START + timedelta(days=2), at=START)
    for day in (3, 4):
        organisation.capture(box, mail("one"), day=day)
    index_pending(at=START)

    export = make(organisation.matter("Zoe's", zoe))

    tree = open_export(export=export, archive=archive, access=access)
    [row] = rows_of(files_of(tree)["index.csv"])
    assert row["First snapshot"] == "2 (2026-01-04T01:00:00+01:00)"
    assert row["Last snapshot"] == "3 (2026-01-05T01:00:00+01:00)"


@pytest.mark.parametrize("shows_scope", [False, True])
def test_scope_is_told_only_where_it_is_asked_for(matter, make, archive, access, shows_scope):
    export = make(matter, text="subject:forecast", shows_scope=shows_scope)

    read_me = files_of(open_export(export=export, archive=archive, access=access))["READ ME FIRST.html"].decode()
    assert ("Selected was" in read_me, "subject:forecast" in read_me) == (shows_scope, shows_scope)


def test_containers_are_exported_only_where_their_items_lack_bytes(organisation, make):
    bob = organisation.custodian("Brown, Bob")
    organisation.capture(
        organisation.source(bob),
        container("a.mbox"),
        container("b.mbox", b"rest", is_remainder=True),
        mail("in it"),
        day=1,
    )
    index_pending(at=START)

    export = make(organisation.matter("Acme", bob))

    assert export.counts["collected"] == 2
    assert export.counts["exceptions"] == {"CONTAINER_REMAINDER": 1}
    assert ExportFile.objects.filter(name="b.mbox").count() == 1


def test_everything_of_a_hold_is_exported_with_what_is_gone_from_the_source(organisation, matter, archive, access):
    alice = organisation.custodian("Zed")
    box = organisation.source(alice)
    organisation.capture(box, *(mail(f"m{n}") for n in range(4)), day=1)
    organisation.capture(box, *(mail(f"m{n}") for n in range(3)), day=2)
    nobodys = organisation.source(None, "Shared", "shared_folder")
    organisation.capture(nobodys, file("x/y"), day=1)
    hold = Hold.objects.create(matter=matter, name="Hold 1", state="in_effect", drafted_at=START)
    HoldTarget.objects.create(hold=hold, custodian=alice, added_at=START)
    HoldTarget.objects.create(hold=hold, source=nobodys, added_at=START)

    whole = create_export_of_hold(hold=hold, name="Hold", archive=archive, access=access, at=START)
    hers = create_export_of_hold(hold=hold, name="Hers", custodian=alice, archive=archive, access=access, at=START)

    assert (whole.counts["exported"], hers.counts["exported"]) == (5, 4)
    assert ExportFile.objects.filter(export_id=whole.pk, folder="Shared sources/Files/Shared/x", name="y").count() == 1
    with pytest.raises(ExportNameTaken):
        create_export_of_hold(hold=hold, name="Hold", archive=archive, access=access, at=START)
    assert Source.objects.count() == 5


def test_an_export_of_a_hold_goes_on_after_a_crash_between_freezing_and_creating(organisation, matter, archive, access):
    alice = organisation.custodian("Zed")
    organisation.capture(organisation.source(alice), mail("one"), day=1)
    hold = Hold.objects.create(matter=matter, name="Hold 1", state="in_effect", drafted_at=START)
    HoldTarget.objects.create(hold=hold, custodian=alice, added_at=START)
    create_export_of_hold(hold=hold, name="Hold", archive=archive, access=access, at=START)
    for model in (ExportFile, OwnBytes, ExportedItem):
        model.objects.all().delete()
    Export.objects.all().delete()

    again = create_export_of_hold(hold=hold, name="Hold", archive=archive, access=access, at=START)

    assert (again.counts["exported"], Collection.objects.count()) == (1, 1)


def test_create_export_writes_one_event_and_one_journal_entry(export):
    [event_row] = AuditEvent.objects.filter(verb="export.created")
    [entry] = OutboxEntry.objects.filter(verb="export.created")

    assert (event_row.subject_key, event_row.actor, event_row.matter_key) == (
        str(export.key),
        "system:tester",
        export.matter.key,
    )
    assert json.loads(bytes(entry.payload))["manifest_digest"] == bytes(export.manifest_digest).hex()
    assert entry.sequence is not None


def test_create_export_refuses_a_name_that_is_taken(export, matter, archive, access):
    with pytest.raises(ExportNameTaken, match="First"):
        create_export(collection=export.collection, name="First", archive=archive, access=access, at=START)

    assert Export.objects.count() == 1


def test_create_export_under_way_is_not_taken_for_one_cut_short(
    transactional_db, organisation, archive, access, monkeypatch
):
    """Two create the same export at once: the second waits, and is refused, rather than take back the first one's rows."""
    matter = fill(organisation)
    collection = collect(text="*", matter=matter, name="All", archive=archive, access=access, at=START)
    waiting: list[threading.Thread] = []
    refused: list[str] = []

    def create():
        return create_export(collection=collection, name="First", archive=archive, access=access, at=START)

    def create_again():
        try:
            create()
        except ExportNameTaken as error:
            refused.append(str(error))
        finally:
            connection.close()

    def fill_slowly(**given):
        filling.fill(**given)
        if not waiting:
            waiting.append(threading.Thread(target=create_again))
            waiting[0].start()
            waiting[0].join(timeout=1)

    monkeypatch.setattr(creating, "fill", fill_slowly)

    export = create()
    waiting[0].join(timeout=30)

    assert refused == ["matter 'Acme v. Example' has an export named 'First' already; give this one another name"]
    assert OutboxEntry.objects.filter(verb="export.created").count() == 1
    assert ExportedItem.objects.filter(export_id=export.pk).count() == 9


def test_create_export_refuses_an_unknown_zone(export, archive, access):
    with pytest.raises(ZoneUnknown, match="Europe/Nowhere"):
        create_export(
            collection=export.collection, name="Second", zone="Europe/Nowhere", archive=archive, access=access, at=START
        )

    assert Export.objects.count() == 1


def test_create_export_refuses_a_collection_that_is_not_frozen(export, archive, access):
    export.collection.state = Collection.State.FREEZING

    with pytest.raises(CollectionNotFrozen, match="First"):
        create_export(collection=export.collection, name="Second", archive=archive, access=access, at=START)


def test_an_unfinished_export_is_not_read_and_is_made_anew(export, archive, access):
    before = bytes(export.manifest_digest)
    Export.objects.update(state="creating")
    ExportFile.objects.filter(name="index.csv").update(size_bytes=1)

    with pytest.raises(ExportNotReady, match="First"):
        open_export(export=Export.objects.get(), archive=archive, access=access)
    again = create_export(collection=export.collection, name="First", archive=archive, access=access, at=START)

    assert (again.pk, bytes(again.manifest_digest)) == (export.pk, before)
    assert verify_tree(tree=open_export(export=again, archive=archive, access=access)).is_good
