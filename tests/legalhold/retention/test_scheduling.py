"""When captures are due: what holds call overdue, they read on the source."""

from __future__ import annotations

from datetime import timedelta

from legalhold.catalog.models import Source
from legalhold.retention import in_force
from legalhold.retention.services import schedule_captures
from tests.acting import agreeing
from tests.legalhold.retention.conftest import START

NOON = timedelta(hours=12)


def due(source):
    return Source.objects.get(pk=source.pk).capture_due_at


def test_capture_is_due_an_interval_after_the_newest_finished_one(keeping):
    captured, never, retired = keeping.source(0, 3), keeping.source(), keeping.source(0, state="retired")
    keeping.snapshot(captured, 9, state="open")

    agreeing(keeping.profile, is_default=True, capture_every_hours=24)

    assert due(captured) == START + timedelta(days=4) + NOON
    assert due(never) == START + timedelta(days=1)
    assert due(retired) is None


def test_shortest_interval_counts_and_none_has_no_such_time(keeping):
    source = keeping.source(0)
    profiles = [keeping.profile(f"Every {hours}", capture_every_hours=hours) for hours in (0, 48, 24)]

    dues = []
    for profile in profiles:
        agreeing(keeping.assign, profile=profile, custodian=keeping.custodian(source))
        dues.append(due(source))

    assert dues == [None, START + timedelta(days=2) + NOON, START + timedelta(days=1) + NOON]


def test_applying_profiles_moves_what_is_due(keeping):
    agreeing(keeping.profile, is_default=True, capture_every_hours=24)
    source, other = keeping.source(0), keeping.source(0)
    keeping.snapshot(source, 5)

    schedule_captures(sources=[source.pk])
    only_one = due(source), due(other)
    keeping.expire(1)

    assert only_one == (START + timedelta(days=6) + NOON, None)
    assert due(other) == START + timedelta(days=1) + NOON


def test_many_sources_are_scheduled_without_naming_each(keeping, monkeypatch):
    monkeypatch.setattr(in_force, "MOST_NAMED", 1)
    sources = [keeping.source(day) for day in (1, 2)]
    group = keeping.group(keeping.custodian(*sources))
    agreeing(keeping.assign, profile=keeping.profile(capture_every_hours=12), group=group)

    assert [due(source) for source in sources] == [START + timedelta(days=day + 1) for day in (1, 2)]
