"""Finding profiles, and what they would keep of a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from legalhold.accounts.roles import Permission
from legalhold.catalog.models import Snapshot, Source
from legalhold.matters.access import require
from legalhold.retention.graduation import KeepRule, Taken, graduate
from legalhold.retention.models import RetentionProfile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from legalhold.matters.access import Access


@dataclass(frozen=True, slots=True)
class KeptBy:
    """The profile that keeps a snapshot, why, and until when (``NEVER``: while it is among the newest)."""

    profile: str
    because: str
    expires_at: datetime


class ProfileUnknown(Exception):
    """No profile has that name."""


def find_profile(*, name: str, access: Access) -> RetentionProfile:
    """Return the profile of that name. Raises ``ProfileUnknown`` naming those there are, and ``NotAllowed``."""
    require(access=access, permission=Permission.MANAGE_RETENTION)
    profile = RetentionProfile.objects.filter(name=name).first()
    if profile is None:
        names = ", ".join(RetentionProfile.objects.order_by("name").values_list("name", flat=True)) or "none yet"
        raise ProfileUnknown(f"no retention profile is named {name!r}; there are: {names}")
    return profile


def list_profiles(*, access: Access) -> list[RetentionProfile]:
    """Return the profiles by name. Raises ``NotAllowed``."""
    require(access=access, permission=Permission.MANAGE_RETENTION)
    return list(RetentionProfile.objects.order_by("name"))


def keep_rule(*, profile: RetentionProfile) -> KeepRule:
    """Return a profile's numbers as a value."""
    return KeepRule(
        keep_all_days=profile.keep_all_days,
        weekly_weeks=profile.weekly_weeks,
        monthly_months=profile.monthly_months,
        yearly_years=profile.yearly_years,
        keep_last=profile.keep_last,
        week_starts_on=profile.week_starts_on,
        keeps_oldest=profile.graduates == RetentionProfile.Graduates.OLDEST,
        zone=profile.zone,
    )


def kept_snapshots(*, source: Source, profiles: Iterable[RetentionProfile]) -> dict[int, KeptBy]:
    """Return, by sequence, which profile keeps each unexpired, finished snapshot of a source the longest, and until when."""
    rows = Snapshot.objects.filter(source=source, expired_at=None).exclude(state=Snapshot.State.OPEN)
    snapshots = [
        Taken(row.sequence, row.taken_at, row.state == Snapshot.State.COMPLETE) for row in rows.order_by("sequence")
    ]
    is_active = source.state == Source.State.ACTIVE
    longest: dict[int, KeptBy] = {}
    for profile in profiles:
        kept = graduate(snapshots=snapshots, rule=keep_rule(profile=profile), keep_newest=is_active)
        for sequence, one in kept.items():
            if sequence not in longest or one.expires_at > longest[sequence].expires_at:
                longest[sequence] = KeptBy(profile.name, one.because, one.expires_at)
    return longest
