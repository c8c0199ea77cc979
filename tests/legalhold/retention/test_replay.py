"""What the journal has of retention brings profiles, assignments and expiries back."""

from __future__ import annotations

import json

from legalhold.catalog.models import Snapshot
from legalhold.journal.models import OutboxEntry
from legalhold.retention.models import ProfileAssignment, RetentionProfile
from legalhold.retention.replay import HANDLERS
from tests.acting import agreeing

PROFILE = [
    "key",
    "name",
    "keep_all_days",
    "weekly_weeks",
    "monthly_months",
    "yearly_years",
    "keep_last",
    "week_starts_on",
    "graduates",
    "zone",
    "capture_every_hours",
    "is_default",
    "set_at",
]


def rows() -> list[list[tuple]]:
    return [
        list(RetentionProfile.objects.order_by("name").values_list(*PROFILE)),
        list(
            ProfileAssignment.objects.order_by("pk").values_list(
                "profile__key", "source", "custodian", "group", "assigned_at"
            )
        ),
        list(Snapshot.objects.order_by("pk").values_list("pk", "expired_at")),
    ]


def test_profiles_assignments_and_expiries_come_back(keeping):
    source, other = keeping.source(0, 1, 2), keeping.source(0, 1)
    person = keeping.custodian(other)
    agreeing(keeping.profile, name="Old", is_default=True, keep_all_days=2)
    changes = {"graduates": "latest", "zone": "Europe/Berlin", "capture_every_hours": 6}
    new = agreeing(keeping.profile, name="New", is_default=True, keep_all_days=3, keep_last=2, **changes)
    agreeing(keeping.assign, profile=keeping.profile("Long", keep_last=2), source=source)
    for target in ({"custodian": person}, {"group": keeping.group(person)}, {"source": source}):
        agreeing(keeping.assign, profile=new, **target)
    keeping.expire(500)
    before = rows()
    ProfileAssignment.objects.all().delete()
    RetentionProfile.objects.all().delete()
    Snapshot.objects.update(expired_at=None)

    for entry in OutboxEntry.objects.order_by("pk"):
        if entry.verb in HANDLERS:
            HANDLERS[entry.verb](json.loads(bytes(entry.payload)), entry.recorded_at)

    after = rows()
    assert after == before
    assert [len(table) for table in after] == [3, 3, 5]
    assert sum(expired_at is not None for _, expired_at in after[2]) == 1
