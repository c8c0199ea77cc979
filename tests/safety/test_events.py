"""Every act writes its event: each is done once as it is, and once with a ``record`` that does nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from exports.services import create_export, creating
from legalhold.approvals.confirmation import ApprovalNeeded, Confirmation
from legalhold.audit.models import AuditEvent
from legalhold.catalog.destruction import removal as removing
from legalhold.catalog.destruction import remove_source
from legalhold.custodians import services as custodians
from legalhold.database import counted
from legalhold.holds.services import (
    Targets,
    apply_releases,
    draft_hold,
    drafting,
    place_hold,
    placing,
    release_hold,
    transitions,
)
from legalhold.ingest.services import associating
from legalhold.matters import services as matters
from legalhold.retention.services import ProfileNumbers, expire_snapshots, expiry, profiles, set_profile
from legalhold.review.services import collect, collecting
from tests.acting import ACCESS, agreeing
from tests.exported import fill
from tests.organisation import START, Organisation, mail
from webdav import services as shares

AT = START + timedelta(days=30)


class World:
    """A filled organisation; each step gives what later ones need."""

    def __init__(self, archive, clock) -> None:
        self.archive, self.clock = archive, clock
        self.organisation = Organisation(archive)
        self.matter = fill(self.organisation)
        self.person = self.organisation.custodian("Carter, Carl")
        self.given = {"access": ACCESS, "at": AT}
        counted.tick(reading=clock.reading())

    def drafted(self):
        return draft_hold(matter=self.matter, name="Hold", **self.given)

    def placed(self, hold=None):
        targets = Targets(custodians=(self.person,))
        return place_hold(hold=hold or self.drafted(), targets=targets, archive=self.archive, **self.given).hold

    def agreed(self, act, **given):
        with pytest.raises(ApprovalNeeded) as asked:
            act(approval=None, **given)
        return lambda: act(approval=Confirmation(asked.value.digest), **given)

    def release(self, **given):
        return self.agreed(release_hold, hold=self.placed(), reading=self.clock.reading(), **self.given, **given)

    def collected(self):
        return collect(text="*", matter=self.matter, name="All", archive=self.archive, **self.given)

    def exported(self, collection=None):
        collection = collection or self.collected()
        return create_export(collection=collection, name="All", archive=self.archive, **self.given)

    def opened(self, export):
        ends_on = date(2027, 1, 1)
        return shares.open_share(export=export, reader="Counsel", ends_on=ends_on, archive=self.archive, **self.given)


def close(world):
    return lambda: matters.close_matter(matter=world.matter, **world.given)


def create(world):
    return lambda: matters.create_matter(name="Another", **world.given)


def make_group(world):
    return lambda: custodians.create_group(name="Board", **world.given)


def add_to_matter(world):
    return lambda: custodians.add_to_matter(matter=world.matter, custodians=[world.person], **world.given)


def associate(world):
    given = {"source": world.organisation.source(None), "custodian": world.person, "from_at": AT}
    return lambda: associating.associate_source(archive=world.archive, **given, **world.given)


def draft(world):
    return world.drafted


def place(world):
    hold = world.drafted()
    return lambda: world.placed(hold)


def widen(world):
    targets = Targets(custodians=(world.organisation.custodian("Dane, Dora"),))
    hold = world.placed()
    return lambda: placing.add_targets(hold=hold, targets=targets, archive=world.archive, **world.given)


def release(world):
    return world.release()


def take_effect(world):
    world.release(cooling_off=timedelta(0))()
    return lambda: apply_releases(reading=world.clock.reading(), by=ACCESS.actor, at=AT)


def freeze(world):
    return world.collected


def export(world):
    collection = world.collected()
    return lambda: world.exported(collection)


def open_share(world):
    made = world.exported()
    return lambda: world.opened(made)


def revoke_share(world):
    share = world.opened(world.exported()).share
    return lambda: shares.revoke_share(share=share, **world.given)


def remove(world):
    source = world.organisation.source(world.organisation.custodian("Eve"))
    world.organisation.capture(source, mail("x"), day=1)
    return world.agreed(remove_source, source=source, archive=world.archive, **world.given)


def keep(world):
    return lambda: agreeing(
        set_profile, name="Short", numbers=ProfileNumbers(keep_all_days=1), is_default=True, **world.given
    )


def expire(world):
    keep(world)()
    return lambda: expire_snapshots(access=ACCESS, at=AT + timedelta(days=365))


ACTS = {
    "matter.created": (create, matters),
    "matter.closed": (close, matters),
    "group.created": (make_group, custodians),
    "matter.custodians_added": (add_to_matter, custodians),
    "source.associated": (associate, associating),
    "hold.drafted": (draft, drafting),
    "hold.placed": (place, placing),
    "hold.widened": (widen, placing),
    "hold.released": (release, transitions),
    "hold.ended": (take_effect, transitions),
    "collection.frozen": (freeze, collecting),
    "export.created": (export, creating),
    "share.opened": (open_share, shares),
    "share.revoked": (revoke_share, shares),
    "source.removed": (remove, removing),
    "retention_profile.set": (keep, profiles),
    "snapshot.expired": (expire, expiry),
}


def events_of(act) -> list[str]:
    before = AuditEvent.objects.count()
    act()
    return list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))[before:]


@pytest.fixture
def world(db, archive, clock) -> World:
    return World(archive, clock)


@pytest.mark.parametrize("verb", ACTS)
def test_act_writes_its_event_and_no_other(world, verb):
    prepare, _ = ACTS[verb]

    assert set(events_of(prepare(world))) == {verb}


@pytest.mark.parametrize("verb", ACTS)
def test_mutant_whose_record_does_nothing_leaves_no_event(world, monkeypatch, verb):
    prepare, room = ACTS[verb]
    act = prepare(world)
    monkeypatch.setattr(room, "record", lambda **_: None)

    assert events_of(act) == []
