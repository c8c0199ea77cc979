"""Which profile applies to a source, and what a profile would keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.accounts.roles import Permission
from legalhold.catalog.models import GroupMember, Snapshot, Source, SourceCustodian
from legalhold.matters.access import require
from legalhold.retention.graduation import KeepRule, Kept, Taken, graduate
from legalhold.retention.models import ProfileAssignment, RetentionProfile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from legalhold.custodians.models import Custodian
    from legalhold.matters.access import Access


class ProfileUnknown(Exception):
    """No profile has that name."""


def find_profile(*, name: str) -> RetentionProfile:
    """Return the profile of that name. Raises ``ProfileUnknown`` naming those there are."""
    profile = RetentionProfile.objects.filter(name=name).first()
    if profile is None:
        names = ", ".join(RetentionProfile.objects.order_by("name").values_list("name", flat=True)) or "none yet"
        raise ProfileUnknown(f"no retention profile is named {name!r}; there are: {names}")
    return profile


def list_profiles(*, access: Access) -> list[RetentionProfile]:
    """Return the profiles by name. Raises ``NotAllowed``."""
    require(access=access, permission=Permission.MANAGE_RETENTION)
    return list(RetentionProfile.objects.order_by("name"))


def profile_of_groups(*, custodian: Custodian | None) -> RetentionProfile | None:
    """Return the profile in force for somebody without one of their own: their groups', else the default."""
    groups = GroupMember.objects.filter(custodian=custodian).values("group")
    return _longest(ProfileAssignment.objects.filter(group__in=groups)) or _default()


def profile_of(*, source: Source) -> RetentionProfile | None:
    """Return the profile in force for a source: its own, its custodians', their groups', else the default; None keeps all.

    Where several custodians or groups have one, the profile that keeps all the longest wins: unknown means keep.
    """
    custodians = SourceCustodian.objects.filter(source=source).values("custodian")
    groups = GroupMember.objects.filter(custodian__in=custodians).values("group")
    for narrowness in ({"source": source}, {"custodian__in": custodians}, {"group__in": groups}):
        if profile := _longest(ProfileAssignment.objects.filter(**narrowness)):
            return profile
    return _default()


def _longest(assignments: QuerySet[ProfileAssignment]) -> RetentionProfile | None:
    profiles = (row.profile for row in assignments.select_related("profile"))
    return max(profiles, key=lambda profile: (profile.keep_all_days, profile.pk), default=None)


def _default() -> RetentionProfile | None:
    return RetentionProfile.objects.filter(is_default=True).first()


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


def kept_snapshots(*, source: Source, profile: RetentionProfile) -> Mapping[int, Kept]:
    """Return, by sequence, until when the profile keeps each unexpired, finished snapshot of a source."""
    rows = Snapshot.objects.filter(source=source, expired_at=None).exclude(state=Snapshot.State.OPEN)
    snapshots = [
        Taken(row.sequence, row.taken_at, row.state == Snapshot.State.COMPLETE) for row in rows.order_by("sequence")
    ]
    is_active = source.state == Source.State.ACTIVE
    return graduate(snapshots=snapshots, rule=keep_rule(profile=profile), keep_newest=is_active)
