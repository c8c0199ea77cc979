"""Plans and what they ask, and what an execution refuses, exceeds never, and leaves behind when it fails."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from legalhold.approvals.confirmation import ApprovalNeeded, Confirmation
from legalhold.audit.models import AuditEvent
from legalhold.catalog.destruction import ClockBehind, close_interrupted, execute, plan
from legalhold.catalog.models import CompactionRun, Pin, Version
from legalhold.database import counted, guard
from legalhold.matters.access import FOREIGN, NotAllowed
from tests.acting import ACCESS, NOBODY, STRANGER

WEEK = 7 * 86400


@pytest.fixture
def planned(db, clock):
    counted.tick(reading=clock.reading())

    def make(*, grace_seconds=WEEK, is_full=False, access=ACCESS, **arguments):
        return plan(
            is_full=is_full,
            grace_seconds=grace_seconds,
            reading=clock.reading(),
            access=access,
            at=clock(),
            **arguments,
        )

    return make


@pytest.fixture
def run_plan(archive, clock):
    def run(planned, **arguments):
        arguments = {"catch_up": lambda: None, "access": ACCESS} | arguments
        return execute(plan=planned, archive=archive, reading=clock.reading(), at=clock(), **arguments)

    return run


@pytest.fixture
def filled(house):
    """Ten versions of a source, four of which nothing keeps; one of these is held."""
    person = house.custodian()
    source = house.source(person, snapshots=3)
    house.expire(source, 1)
    gone = [house.version(source, 1, 1) for _ in range(3)]
    held = house.version(source, 1, 1, kind=2)
    for _ in range(6):
        house.version(source, 1)
    house.pin("custodian", on=person, kinds=1 << 2)
    return [version.pk for version in gone], held


def test_plan_names_what_goes_and_what_stays_because_of_which_pin(filled, planned):
    gone, held = filled

    made = planned(grace_seconds=0)

    assert (made.condemns, made.destroys, made.spares) == (tuple(gone), tuple(gone), ())
    [share] = made.sources
    assert (share.versions, share.condemned, share.destroyed, share.is_removed) == (10, 3, 3, False)
    [kept] = made.kept_by
    assert (kept.owner, kept.versions, kept.size_bytes) == ("hold:test", 1, held.size_bytes)
    assert (made.held_versions, made.held_bytes, made.version_count) == (1, held.size_bytes, 10)
    assert made.lines == (
        "condemns 3 versions, destroys 3 of 10",
        f"  {share.title}: condemns 3, destroys 3 of 10",
        f"keeps 1 version ({held.size_bytes} bytes) only because of pins",
        f"  {kept.label}: 1 version ({held.size_bytes} bytes)",
        "asks, because the grace of 0 s is shorter than 7 days",
        f"digest {made.digest}",
    )


def test_plan_names_no_hold_of_a_matter_that_who_asks_is_not_on(house, filled, planned):
    pin = Pin.objects.get()
    pin_of_matter = house.pin("custodian", on=pin.custodian, kinds=1 << 2, matter=house.matter())

    mine, foreign = planned(), planned(access=STRANGER)

    assert {kept.label for kept in mine.kept_by} == {pin.label, pin_of_matter.label}
    assert {(kept.label, kept.owner) for kept in foreign.kept_by} == {(pin.label, pin.owner), (FOREIGN, "hold")}
    assert pin_of_matter.label not in "".join(foreign.lines)
    assert mine.digest == foreign.digest


def test_planning_and_compacting_need_their_permission(filled, planned, run_plan):
    made = planned(grace_seconds=0)

    with pytest.raises(NotAllowed, match="compact"):
        planned(access=NOBODY)
    with pytest.raises(NotAllowed, match="compact"):
        run_plan(made, access=NOBODY, approval=Confirmation(made.digest))

    assert (Version.objects.count(), CompactionRun.objects.count()) == (10, 0)


def test_plan_with_grace_condemns_and_destroys_nothing_yet(filled, planned):
    made = planned()

    assert (len(made.condemns), made.destroys, made.asks) == (3, (), ())


def test_plan_is_the_same_later_and_another_when_it_does_something_else(house, filled, planned, clock):
    first = planned()
    clock.advance(timedelta(hours=1))

    assert planned().digest == first.digest
    assert planned(grace_seconds=WEEK + 1).digest != first.digest
    assert planned(is_full=True).digest != first.digest
    Version.objects.filter(pk=filled[0][0]).update(condemned_at=clock(), condemned_counted_us=0)
    assert planned().digest != first.digest


def test_negative_grace_is_refused(planned):
    with pytest.raises(ValueError, match="negative"):
        planned(grace_seconds=-1)


def test_clock_behind_the_newest_sealed_event_is_refused(filled, planned, run_plan, clock):
    sealed_at = clock() + timedelta(minutes=1)

    with pytest.raises(ClockBehind, match="set the clock right"):
        planned(newest_sealed_at=sealed_at)
    with pytest.raises(ClockBehind):
        run_plan(planned(), newest_sealed_at=sealed_at)
    assert Version.objects.exclude(condemned_at=None).count() == 0

    assert planned(newest_sealed_at=clock()).condemns == tuple(filled[0])


def test_short_grace_asks_and_goes_ahead_only_with_the_plans_digest(filled, planned, run_plan):
    made = planned(grace_seconds=0)

    for approval in (None, Confirmation("0" * 64), Confirmation(planned().digest)):
        with pytest.raises(ApprovalNeeded) as refusal:
            run_plan(made, approval=approval)
        assert refusal.value.digest == made.digest
    assert Version.objects.count() == 10
    assert (CompactionRun.objects.count(), AuditEvent.objects.count()) == (0, 0)

    run_plan(made, approval=Confirmation(made.digest))
    assert Version.objects.count() == 7


@pytest.mark.parametrize(
    ("gone", "asks"),
    [(30, ()), (31, ("it destroys 31 of all 100 versions", "it destroys 31 of the 100 versions of Mailbox 1"))],
)
def test_share_above_the_bound_asks(house, planned, clock, gone, asks):
    source = house.source(snapshots=3)
    house.expire(source, 1)
    content = house.content()
    for number in range(100):
        house.version(source, 1, 1 if number < gone else 2, content=content)
    Version.objects.filter(last_seen=1).update(condemned_at=clock(), condemned_counted_us=-WEEK * 1_000_000)

    assert planned().asks == asks


def test_share_of_one_source_asks_although_the_whole_is_small(house, planned, clock):
    small, large, tiny = (house.source(snapshots=3) for _ in range(3))
    content = house.content()
    for source, gone, count in ((small, 31, 100), (large, 0, 200), (tiny, 5, 5)):
        house.expire(source, 1)
        for number in range(count):
            house.version(source, 1, 1 if number < gone else 2, content=content)
    Version.objects.filter(last_seen=1).update(condemned_at=clock(), condemned_counted_us=-WEEK * 1_000_000)

    assert planned().asks == (f"it destroys 31 of the 100 versions of {small.name}",)


def test_removed_source_was_agreed_to_already(house, planned, clock):
    from legalhold.database import gate

    source = house.source(snapshots=1)
    house.version(source, 1, condemned_at=clock(), condemned_counted_us=-WEEK * 1_000_000)
    with gate.opened():
        source.state = "removing"
        source.save()

    made = planned()

    assert (len(made.destroys), made.asks) == (1, ())


def test_catalog_that_lost_rows_asks_however_many_came_since(house, filled, planned, run_plan, lose):
    assert run_plan(planned()).counts["versions_left"] == 10
    assert planned().asks == ()
    lose("DELETE FROM catalog_version WHERE id IN (%s, %s)", filled[0][:2])
    for _ in range(5):
        house.version(house.source(snapshots=1), 1)

    assert planned().asks == ("2 versions that the last run knew are missing without a tombstone",)


def test_what_a_run_destroyed_before_it_failed_is_not_missing(house, filled, planned, run_plan):
    run_plan(planned())

    def fail():
        raise RuntimeError("the index is locked")

    made = planned(grace_seconds=0)
    with pytest.raises(RuntimeError):
        run_plan(made, approval=Confirmation(made.digest), catch_up=fail)

    assert (Version.objects.count(), planned().asks) == (7, ())


def test_run_says_under_which_epoch_it_began(house, filled, planned, run_plan):
    with guard.exclusive() as epoch:
        pass

    assert run_plan(planned()).epoch == epoch


def test_execution_destroys_at_most_what_the_plan_lists(house, filled, planned, run_plan):
    made = planned(grace_seconds=0)
    source_of = Version.objects.get(pk=filled[0][0])
    from legalhold.catalog.models import Source

    late = house.version(Source.objects.get(pk=source_of.source_id), 1, 1)

    run_plan(made, approval=Confirmation(made.digest))

    assert Version.objects.filter(pk=late.pk).count() == 1
    assert Version.objects.get(pk=late.pk).condemned_at is None


def test_execution_destroys_less_when_a_pin_came_in_between(house, filled, planned, run_plan):
    made = planned(grace_seconds=0)
    house.pin("all")

    run = run_plan(made, approval=Confirmation(made.digest))

    assert Version.objects.count() == 10
    assert run.counts["versions_condemned"] == 0


def test_run_is_complete_only_when_the_index_has_caught_up(filled, planned, run_plan):
    seen = []

    def catch_up():
        seen.append((CompactionRun.objects.get().state, Version.objects.count()))

    made = planned(grace_seconds=0)
    run = run_plan(made, approval=Confirmation(made.digest), catch_up=catch_up)

    assert seen == [("running", 7)]
    assert run.state == "completed"


def test_failed_run_says_so_and_the_next_goes_on(filled, planned, run_plan):
    made = planned(grace_seconds=0)

    def fail():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_plan(made, approval=Confirmation(made.digest), catch_up=fail)

    run = CompactionRun.objects.get()
    assert (run.state, run.counts["error"]) == ("failed", "KeyboardInterrupt: ")
    assert AuditEvent.objects.order_by("-pk").first().verb == "compaction.failed"
    again = planned(grace_seconds=0)
    assert run_plan(again, approval=Confirmation(again.digest)).state == "completed"


def test_run_whose_process_is_gone_is_closed_with_what_it_destroyed(house, filled, planned, run_plan, clock):
    made = planned(grace_seconds=0)
    gone = sum(Version.objects.filter(pk__in=filled[0]).values_list("size_bytes", flat=True))
    key = run_plan(made, approval=Confirmation(made.digest)).key
    CompactionRun.objects.create(grace_seconds=0, plan_digest=b"", started_at=clock(), state="completed")
    CompactionRun.objects.filter(key=key).update(state="running", finished_at=None, counts={})

    closed = [close_interrupted(by="system:next", at=clock()) for _ in range(2)]

    run = CompactionRun.objects.get(key=key)
    counts = {"versions_destroyed": 3, "bytes_destroyed": gone, "error": "its process ended before it did"}
    assert closed == [1, 0]
    assert (run.state, run.finished_at, run.counts) == ("failed", clock(), counts)
    event = AuditEvent.objects.order_by("-pk").first()
    assert (event.verb, event.actor, event.subject_key) == ("compaction.failed", "system:next", str(key))


def test_run_that_goes_on_is_not_closed(filled, planned, run_plan, clock):
    closed = []

    def close():
        closed.append(close_interrupted(by="system:next", at=clock()))
        connection.close()

    def meanwhile():
        other = threading.Thread(target=close)
        other.start()
        other.join(30)

    run = run_plan(planned(), catch_up=meanwhile)

    assert (closed, run.state) == ([0], "completed")


def test_unequal_heads_refuse_before_anything_is_written(filled, planned, run_plan, monkeypatch):
    from legalhold.catalog.destruction import run as module

    class HeadsDiffer(Exception):
        pass

    def refuse(*, archive):
        raise HeadsDiffer

    monkeypatch.setattr(module, "require_equal_heads", refuse)
    with pytest.raises(HeadsDiffer):
        run_plan(planned())

    assert Version.objects.exclude(condemned_at=None).count() == 0
    assert CompactionRun.objects.count() == 0


def test_plan_is_a_value(filled, planned):
    made = planned()

    with pytest.raises(AttributeError):
        made.destroys = ()
    assert replace(made) == made
