"""Who is told of which sources, snapshots and ingests."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from legalhold.accounts.roles import Permission
from legalhold.connectors import ExclusionRule, Exclusions
from legalhold.custodians.models import MatterCustodian
from legalhold.custodians.queries import find_custodian
from legalhold.ingest.queries import (
    SourceNotShown,
    get_source,
    left_out_of_source,
    list_ingests,
    list_left_out,
    list_snapshots,
    list_sources,
)
from legalhold.matters.access import Access, NotAllowed
from legalhold.matters.models import Matter


@pytest.fixture
def matter(db, at) -> Matter:
    return Matter.objects.create(name="Smith", opened_at=at)


@pytest.fixture
def reader(matter) -> Access:
    """Somebody on one matter who may read, and not capture."""
    return Access(
        actor="user:reader", permissions=frozenset({Permission.READ_MATTERS}), matters=frozenset({matter.key})
    )


@pytest.fixture
def sources(desk, matter, at):
    """Alice's is in the matter, Bob's isn't."""
    desk.write(a="one")
    alice = desk.ingest()
    bob = desk.ingest(custodian="bob@example.org", source="Laptop")
    MatterCustodian.objects.create(matter=matter, custodian=find_custodian(text="alice@example.org"), added_at=at)
    return alice, bob


def test_who_may_capture_everywhere_sees_all(desk, sources):
    found = list_sources(access=desk.access)

    assert [(each.name, each.custodians, each.snapshots, each.kind, each.state) for each in found] == [
        ("Files", ("alice@example.org",), 1, "device_files", "active"),
        ("Laptop", ("bob@example.org",), 1, "device_files", "active"),
    ]
    assert len(list_ingests(access=desk.access)) == 2


def test_who_is_on_a_matter_sees_its_custodians_sources_only(sources, reader):
    alice, bob = sources

    assert [each.key for each in list_sources(access=reader)] == [alice.source_key]
    assert [row.key for row in list_ingests(access=reader)] == [alice.key]
    assert get_source(source_key=alice.source_key, access=reader).key == alice.source_key
    for key in (bob.source_key, UUID(int=1)):
        with pytest.raises(SourceNotShown, match=str(key)):
            list_snapshots(source_key=key, access=reader)


def test_who_is_on_no_matter_sees_nothing(sources):
    nobody = Access(actor="user:x", permissions=frozenset(Permission), matters=frozenset())
    member_of_none = Access(actor="user:y", permissions=frozenset(), matters=None)

    assert list_sources(access=nobody) == []
    assert list_sources(access=member_of_none) == []


def test_sources_of_one_custodian(desk, sources):
    found = list_sources(access=desk.access, custodian=find_custodian(text="bob@example.org"))

    assert [each.name for each in found] == ["Laptop"]


def test_snapshots_are_listed_by_number(desk, sources):
    desk.ingest()

    found = list_snapshots(source_key=sources[0].source_key, access=desk.access)

    assert [(each.sequence, each.state, each.is_expired, each.kept_by) for each in found] == [
        (1, "complete", False, ""),
        (2, "complete", False, ""),
    ]
    assert found[1].ledger["unchanged"] == 1


def test_what_was_left_out_is_told_to_who_may_capture(desk, reader):
    desk.write(a="one", b="two")
    report = desk.ingest(exclude=Exclusions([ExclusionRule("no-b", b"b")]))

    assert [bytes(row.name) for row in list_left_out(ingest_key=report.key, access=desk.access)] == [b"b"]
    with pytest.raises(NotAllowed):
        list_left_out(ingest_key=report.key, access=reader)


def test_what_was_left_out_of_a_source_that_is_not_shown_is_not_told(desk, sources, matter):
    exclude = Exclusions([ExclusionRule("no-a", b"a")])
    alice, bob = (desk.ingest(custodian=None, source=str(one.source_key), exclude=exclude) for one in sources)
    capturer = Access(
        actor="user:capturer", permissions=frozenset({Permission.CAPTURE}), matters=frozenset({matter.key})
    )

    told = [list_left_out(ingest_key=each.key, access=capturer) for each in (alice, bob)]

    assert [len(rows) for rows in told] == [1, 0]


@pytest.mark.parametrize("number", [1, 3])
def test_sources_are_listed_in_as_many_queries_however_many_there_are(desk, number):
    desk.write(a="one")
    for each in range(number):
        desk.ingest(source=f"Laptop {each}")

    with CaptureQueriesContext(connection) as queries:
        assert len(list_sources(access=desk.access)) == number

    assert len(queries) == 3


def test_what_was_left_out_of_a_source_is_told_to_who_may_capture_it(desk, reader):
    desk.write(a="one", b="two")
    report = desk.ingest(exclude=Exclusions([ExclusionRule("no-b", b"b")]))
    desk.ingest(exclude=Exclusions([ExclusionRule("no-a", b"a")]))
    nobody = Access(actor="user:x", permissions=frozenset({Permission.CAPTURE}), matters=frozenset())

    all_of_it = left_out_of_source(source_key=report.source_key, access=desk.access)
    first = left_out_of_source(source_key=report.source_key, access=desk.access, sequence=1)

    assert [(one.sequence, one.path, one.because) for one in all_of_it] == [
        (1, "b", "excluded by the rule no-b"), (2, "a", "excluded by the rule no-a")
    ]  # fmt: skip
    assert first == left_out_of_source(source_key=report.source_key, access=desk.access, limit=1) == all_of_it[:1]
    with pytest.raises(NotAllowed):
        left_out_of_source(source_key=report.source_key, access=reader)
    with pytest.raises(SourceNotShown):
        left_out_of_source(source_key=report.source_key, access=nobody)
