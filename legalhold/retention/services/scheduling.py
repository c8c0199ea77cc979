"""When each source is to be captured next, written on the source: what holds say of overdue captures they read there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from django.db.models import Max

from legalhold.catalog.models import Snapshot, Source
from legalhold.retention.in_force import among, profiles_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from django.db.models import QuerySet

    from legalhold.retention.in_force import Profiles

WRITTEN_AT_ONCE = 500


def schedule_captures(*, sources: Collection[int] | None = None) -> None:
    """Write when the next capture of these active sources (all, if not given) is due; joins the caller's transaction.

    It is due an interval after the newest finished snapshot, or after the source was made; of several profiles' intervals
    the shortest counts, and without any there is no such time.
    """
    active = Source.objects.filter(state=Source.State.ACTIVE)
    found = list(active if sources is None else active.filter(pk__in=sources))
    newest = _newest(among(Snapshot.objects.exclude(state=Snapshot.State.OPEN), source=[source.pk for source in found]))
    profiles = profiles_of(sources=[source.pk for source in found])
    changed = []
    for source in found:
        due_at = _due_at(newest.get(source.pk, cast("datetime", source.created_at)), profiles[source.pk])
        if due_at != source.capture_due_at:
            source.capture_due_at = due_at
            changed.append(source)
    Source.objects.bulk_update(changed, ["capture_due_at"], batch_size=WRITTEN_AT_ONCE)


def _newest(finished: QuerySet[Snapshot]) -> dict[int, datetime]:
    return {
        row["source"]: cast("datetime", row["newest"])
        for row in finished.values("source").annotate(newest=Max("taken_at"))
    }


def _due_at(newest_at: datetime, profiles: Profiles) -> datetime | None:
    hours = [profile.capture_every_hours for profile in profiles if profile.capture_every_hours]
    return newest_at + timedelta(hours=min(hours)) if hours else None
