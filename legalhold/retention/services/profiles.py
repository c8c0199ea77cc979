"""Setting and assigning profiles. Whatever shortens a profile in force needs a confirmation of its plan."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from legalhold.accounts.roles import Permission
from legalhold.approvals.confirmation import Confirmation, require_approval
from legalhold.approvals.figures import count
from legalhold.archive.canonical import canonical_json
from legalhold.audit.services import record
from legalhold.catalog.models import GroupMember, Snapshot, Source, SourceCustodian
from legalhold.custodians.models import Custodian, Group
from legalhold.journal import services as journal
from legalhold.matters.access import require
from legalhold.retention.in_force import profiles_of, profiles_of_groups
from legalhold.retention.models import ProfileAssignment, RetentionProfile
from legalhold.retention.services.scheduling import schedule_captures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from legalhold.matters.access import Access

LENGTHS = ("keep_all_days", "weekly_weeks", "monthly_months", "yearly_years", "keep_last")
"""The numbers of a profile that keep less when they get smaller."""

CHOICES = ("week_starts_on", "graduates", "zone")
"""What decides which snapshot stands for a period: any change may let go of one that is kept today."""

MOST_HOURS: Final = 24 * 366
"""A source captured less often than once a year has no interval to miss."""

LONGEST_NAME: Final = 200


class AssignmentUnclear(ValueError):
    """A profile is assigned to one source, one custodian or one group at a time."""


class ProfileInvalid(ValueError):
    """A profile's number or zone can't be; the message names the field and what it may be."""


@dataclass(frozen=True, slots=True)
class ProfileNumbers:
    """What a profile keeps; see ``RetentionProfile``."""

    keep_all_days: int = 90
    weekly_weeks: int = 0
    monthly_months: int = 0
    yearly_years: int = 0
    keep_last: int = 1
    week_starts_on: int = 6
    graduates: str = "oldest"
    zone: str = "UTC"
    capture_every_hours: int = 0

    def check(self) -> None:
        """Raise ``ProfileInvalid`` for a number or zone that can't be."""
        for field in LENGTHS:
            if not (1 if field == "keep_last" else 0) <= getattr(self, field) <= 100_000:  # noqa: PLR2004 273 years of days
                raise ProfileInvalid(
                    f"{field} is {getattr(self, field)}: give a number from {int(field == 'keep_last')} to 100000"
                )
        if not 0 <= self.capture_every_hours <= MOST_HOURS:
            raise ProfileInvalid(
                f"capture_every_hours is {self.capture_every_hours}: give a number from 0 (no interval) to {MOST_HOURS}"
            )
        if not 0 <= self.week_starts_on <= 6:  # noqa: PLR2004 days of a week
            raise ProfileInvalid(f"week_starts_on is {self.week_starts_on}: give 0 (Monday) to 6 (Sunday)")
        if self.graduates not in RetentionProfile.Graduates.values:
            raise ProfileInvalid(f"graduates is {self.graduates!r}: give oldest or latest")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ProfileInvalid(f"zone {self.zone!r} is unknown: give one like Europe/Berlin") from error


def set_profile(
    *,
    name: str,
    numbers: ProfileNumbers,
    is_default: bool,
    access: Access,
    at: datetime,
    approval: Confirmation | None = None,
) -> RetentionProfile:
    """Create a profile or change all its numbers. Raises ``ApprovalNeeded`` where it would keep less than it does."""
    return change_profile(
        name=name, changes=asdict(numbers), is_default=is_default, access=access, at=at, approval=approval
    )


def change_profile(
    *,
    name: str,
    changes: Mapping[str, Any],
    is_default: bool | None,
    access: Access,
    at: datetime,
    approval: Confirmation | None = None,
) -> RetentionProfile:
    """Change of a profile only what ``changes`` names (fields of ``ProfileNumbers``); create it where it is missing.

    ``is_default`` None leaves it as it is. Raises ``ApprovalNeeded`` where it would keep less than it does,
    ``ProfileInvalid`` and ``NotAllowed``; nothing is written then.
    """
    require(access=access, permission=Permission.MANAGE_RETENTION)
    _check_name(name)
    with transaction.atomic(durable=True):
        profile = RetentionProfile.objects.select_for_update().filter(name=name).first()
        numbers = replace(_numbers(profile) if profile else ProfileNumbers(), **changes)
        numbers.check()
        is_default = bool(profile and profile.is_default) if is_default is None else is_default
        default = RetentionProfile.objects.filter(is_default=True).exclude(name=name).first() if is_default else None
        replaced = [one for one in (profile, default) if one is not None]
        is_first = is_default and not RetentionProfile.objects.filter(is_default=True).exists()
        act = _act_of_setting(name, is_default=is_default)
        _require_approval_to_shorten(act, replaced, numbers, approval, Source.objects.all() if is_first else None)
        if default is not None:
            RetentionProfile.objects.filter(pk=default.pk).update(is_default=False)
        profile, _ = RetentionProfile.objects.update_or_create(
            name=name, defaults={**asdict(numbers), "is_default": is_default, "set_at": at}
        )
        _write_down(profile, by=access.actor, at=at)
        schedule_captures()
    return profile


def assign_profile(
    *,
    profile: RetentionProfile,
    access: Access,
    at: datetime,
    source: Source | None = None,
    custodian: Custodian | None = None,
    group: Group | None = None,
    approval: Confirmation | None = None,
) -> ProfileAssignment:
    """Give a profile to one source, custodian or group. Raises ``ApprovalNeeded`` where their data would be kept shorter.

    Raises ``AssignmentUnclear`` unless exactly one is given.
    """
    require(access=access, permission=Permission.MANAGE_RETENTION)
    target: dict[str, Any] = {"source": source, "custodian": custodian, "group": group}
    if sum(one is not None for one in target.values()) != 1:
        raise AssignmentUnclear("a profile is assigned to exactly one source, custodian or group: name that one")
    with transaction.atomic(durable=True):
        replaced = _replaced(**target)
        act = _act_of_assigning(profile, target)
        _require_approval_to_shorten(
            act, replaced, _numbers(profile), approval, None if replaced else _sources(**target)
        )
        assignment, _ = ProfileAssignment.objects.update_or_create(
            **target, defaults={"profile": profile, "assigned_at": at}
        )
        journal.append(verb="retention_profile.assigned", payload=_assignment(assignment), at=at)
        record(
            verb="retention_profile.assigned", by=access.actor, at=at, subject_kind="retention_profile",
            subject_key=str(profile.key), body=_assignment(assignment),
        )  # fmt: skip
        schedule_captures()
    return assignment


def _check_name(name: str) -> None:
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise ProfileInvalid(
            f"name is {name[:LONGEST_NAME]!r}: give 1 to {LONGEST_NAME} printable characters without space at their ends"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """What a confirmation is of, beside the numbers: an agreement to one act is none to another with the same numbers."""

    verb: str
    profile: str
    kind: str
    key: str
    is_default: bool
    sentence: str

    @property
    def plan(self) -> dict[str, str | bool]:
        """What is hashed."""
        target = {"kind": self.kind, "key": self.key}
        return {"verb": self.verb, "profile": self.profile, "is_default": self.is_default, **target}


def _act_of_setting(name: str, *, is_default: bool) -> _Act:
    """A profile that is to be made has no key yet; its name is unique."""
    sentence = f"Setting profile {name}{' as the default' if is_default else ''}"
    return _Act(
        verb="retention_profile.set", profile=name, kind="profile", key=name, is_default=is_default, sentence=sentence
    )


def _act_of_assigning(profile: RetentionProfile, target: Mapping[str, Source | Custodian | Group | None]) -> _Act:
    kind, row = next((kind, row) for kind, row in target.items() if row is not None)
    return _Act(
        verb="retention_profile.assigned",
        profile=profile.name,
        kind=kind,
        key=str(row.key),
        is_default=False,
        sentence=f"Giving profile {profile.name} to {kind} {row.name}",
    )


def _replaced(*, source: Source | None, custodian: Custodian | None, group: Group | None) -> Sequence[RetentionProfile]:
    if source is not None:
        return profiles_of(sources=[source.pk])[source.pk]
    assigned = ProfileAssignment.objects.filter(custodian=custodian, group=group).select_related("profile").first()
    return [assigned.profile] if assigned else profiles_of_groups(custodian=custodian)


def _sources(*, source: Source | None, custodian: Custodian | None, group: Group | None) -> QuerySet[Source]:
    if source is not None:
        return Source.objects.filter(pk=source.pk)
    people = Custodian.objects.filter(pk=custodian.pk) if custodian else _members(group)
    return Source.objects.filter(pk__in=SourceCustodian.objects.filter(custodian__in=people).values("source"))


def _members(group: Group | None) -> QuerySet[Custodian]:
    return Custodian.objects.filter(pk__in=GroupMember.objects.filter(group=group).values("custodian"))


def _numbers(profile: RetentionProfile) -> ProfileNumbers:
    return ProfileNumbers(**{field: getattr(profile, field) for field in ProfileNumbers.__dataclass_fields__})


def _require_approval_to_shorten(
    act: _Act,
    replaced: Sequence[RetentionProfile],
    new: ProfileNumbers,
    approval: Confirmation | None,
    sources: QuerySet[Source] | None,
) -> None:
    """Ask where the profiles replaced keep more, or where one of ``sources`` keeps everything, as no profile is in force."""
    shorter = [text for profile in replaced if (text := _shortened(profile, new))]
    endless = _keeping_everything(sources) if sources is not None else 0
    if endless:
        shorter.append(
            f"what is kept of {count(endless, 'data source')}: without a profile it was everything, for ever"
        )
    if not shorter:
        return
    old = [{"name": profile.name, **asdict(_numbers(profile))} for profile in replaced]
    plan = {**act.plan, "old": old, "new": asdict(new), "endless": endless}
    digest = sha256(canonical_json(plan)).hexdigest()
    require_approval(approval=approval, digest=digest, text=f"{act.sentence} shortens {'; '.join(shorter)}.")


def _keeping_everything(sources: QuerySet[Source]) -> int:
    captured = sources.filter(pk__in=Snapshot.objects.values("source")).values_list("pk", flat=True)
    return sum(not profiles for profiles in profiles_of(sources=list(captured)).values())


def _shortened(profile: RetentionProfile, new: ProfileNumbers) -> str:
    """Return what the new numbers keep less of than the profile does, or may; an empty text where that is nothing."""
    old = _numbers(profile)
    changed = [field for field in LENGTHS if getattr(new, field) < getattr(old, field)]
    changed += [field for field in CHOICES if getattr(new, field) != getattr(old, field)]
    changes = ", ".join(f"{field} {getattr(old, field)} → {getattr(new, field)}" for field in changed)
    return f"{'default ' if profile.is_default else ''}profile {profile.name}: {changes}" if changes else ""


def _write_down(profile: RetentionProfile, *, by: str, at: datetime) -> None:
    payload = {
        "key": str(profile.key),
        "name": profile.name,
        "is_default": profile.is_default,
        **asdict(_numbers(profile)),
    }
    journal.append(verb="retention_profile.set", payload=payload, at=at)
    record(
        verb="retention_profile.set", by=by, at=at, subject_kind="retention_profile", subject_key=str(profile.key),
        body=payload,
    )  # fmt: skip


def _assignment(assignment: ProfileAssignment) -> dict[str, str | None]:
    targets = {"source": assignment.source, "custodian": assignment.custodian, "group": assignment.group}
    keys = {name: str(target.key) if target else None for name, target in targets.items()}
    return {"profile": str(assignment.profile.key), **keys}
