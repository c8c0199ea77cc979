"""A draft is written down and protects nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from legalhold.audit.models import AuditEvent
from legalhold.formats import ItemKind
from legalhold.holds.models import Hold
from legalhold.holds.services import ScopeSpec, scope_of_days
from legalhold.holds.services.drafting import HoldInvalid, HoldNameTaken, ScopeEmpty
from legalhold.matters.access import MatterUnknown, NotAllowed
from legalhold.matters.services import MatterClosed, close_matter, create_matter


def test_draft_is_written_and_holds_nothing(office, at):
    scope = ScopeSpec(
        kinds=frozenset({ItemKind.MESSAGE, ItemKind.EVENT}), dated_from=at - timedelta(days=2), dated_to=at
    )

    hold = office.draft(hold_type="regulatory", reason="a letter", scopes=[scope])

    assert (hold.state, hold.hold_type, hold.reason, hold.drafted_at) == ("draft", "regulatory", "a letter", at)
    row = hold.scopes.get()
    assert (row.kinds, row.dated_from, row.dated_to) == (0b110, at - timedelta(days=2), at)
    assert office.standing_pins() == 0
    assert str(hold) == "Smith hold"
    event = AuditEvent.objects.get(verb="hold.drafted")
    assert (event.actor, event.subject_key, event.matter_key) == ("system:tester", str(hold.key), office.matter.key)


def test_closed_matter_takes_no_draft(office, at):
    close_matter(matter=office.matter, access=office.access, at=at)

    with pytest.raises(MatterClosed, match="could never be placed"):
        office.draft()

    assert (Hold.objects.count(), AuditEvent.objects.filter(verb="hold.drafted").count()) == (0, 0)


def test_days_of_a_scope_are_whole_days_of_the_matters_zone():
    in_winter, in_summer = date(2024, 1, 1), date(2024, 7, 31)

    scope = scope_of_days(first_day=in_winter, last_day=in_summer, zone="America/Los_Angeles")

    assert scope.dated_from == datetime(2024, 1, 1, 8, tzinfo=UTC)
    assert scope.dated_to == datetime(2024, 8, 1, 7, tzinfo=UTC) - timedelta(microseconds=1)
    assert scope_of_days(first_day=None, last_day=None, zone="Asia/Tokyo") == ScopeSpec()


def test_day_that_ends_twice_ends_the_second_time():
    fell_back = date(2024, 11, 3)  # in Havana the clock goes from 1:00 back to midnight

    scope = scope_of_days(first_day=fell_back, last_day=fell_back, zone="America/Havana")

    assert (scope.dated_from, scope.dated_to) == (
        datetime(2024, 11, 3, 4, tzinfo=UTC),
        datetime(2024, 11, 4, 5, tzinfo=UTC) - timedelta(microseconds=1),
    )


def test_day_beyond_the_calendar_is_open():
    first, last = date(1, 1, 1), date(9999, 12, 31)

    assert scope_of_days(first_day=first, last_day=None, zone="Asia/Tokyo").dated_from is None
    assert scope_of_days(first_day=None, last_day=last, zone="America/Lima").dated_to is None


def test_days_that_end_before_they_begin_are_refused():
    with pytest.raises(ScopeEmpty, match=r"ends \(2024-01-01\) before it begins \(2024-02-01\)"):
        scope_of_days(first_day=date(2024, 2, 1), last_day=date(2024, 1, 1), zone="Asia/Tokyo")


def test_draft_without_scopes_is_of_everything(office):
    hold = office.draft(scopes=[])

    row = hold.scopes.get()
    assert (row.kinds, row.dated_from, row.dated_to) == (0, None, None)


def test_name_is_taken_in_its_matter_only(office, at):
    office.draft()
    other = create_matter(name="Other", access=office.access, at=at)

    with pytest.raises(HoldNameTaken, match=r"'Smith v\. Jones' already has a hold named 'Smith hold'"):
        office.draft()
    office.draft(matter=other)

    assert Hold.objects.count() == 2


@pytest.mark.parametrize("name", ["", " ", "Smith ", "a\nb", "x" * 201])
def test_name_that_cannot_be_is_refused(office, name):
    with pytest.raises(HoldInvalid, match="name is"):
        office.draft(name)

    assert Hold.objects.count() == 0


def test_type_that_cannot_be_is_refused(office):
    with pytest.raises(HoldInvalid, match="type is 'gossip': give one of litigation, investigation"):
        office.draft(hold_type="gossip")


def test_scope_that_ends_before_it_begins_is_refused(office, at):
    with pytest.raises(ScopeEmpty, match=r"ends \(2026-03-01\) before it begins \(2026-03-02\)"):
        office.draft(scopes=[ScopeSpec(dated_from=at, dated_to=at - timedelta(days=1))])

    assert Hold.objects.count() == 0


def test_scope_open_on_either_side_is_taken(office, at):
    hold = office.draft(
        scopes=[ScopeSpec(dated_from=at), ScopeSpec(dated_to=at), ScopeSpec(dated_from=at, dated_to=at)]
    )

    assert hold.scopes.count() == 3


def test_neither_outsider_nor_reader_drafts(office, outsider, reader):
    with pytest.raises(MatterUnknown):
        office.draft(access=outsider)
    with pytest.raises(NotAllowed, match="manage_holds"):
        office.draft(access=reader)

    assert Hold.objects.count() == 0
    assert not AuditEvent.objects.filter(verb="hold.drafted").exists()
