"""Setting and assigning profiles. Whatever shortens a profile in force needs a confirmation of its plan."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from legalhold.accounts.roles import Permission
from legalhold.approvals.confirmation import Confirmation, require_approval
from legalhold.archive.canonical import canonical_json
from legalhold.audit.services import record
from legalhold.journal import services as journal
from legalhold.matters.access import require
from legalhold.retention.models import ProfileAssignment, RetentionProfile
from legalhold.retention.queries import profile_of, profile_of_groups

if TYPE_CHECKING:
    from datetime import datetime

    from legalhold.catalog.models import Source
    from legalhold.custodians.models import Custodian, Group
    from legalhold.matters.access import Access

LENGTHS = ("keep_all_days", "weekly_weeks", "monthly_months", "yearly_years", "keep_last")
"""The numbers of a profile that keep less when they get smaller."""


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

    def check(self) -> None:
        """Raise ``ProfileInvalid`` for a number or zone that can't be."""
        for field in LENGTHS:
            if not (1 if field == "keep_last" else 0) <= getattr(self, field) <= 100_000:  # noqa: PLR2004 273 years of days
                raise ProfileInvalid(
                    f"{field} is {getattr(self, field)}: give a number from {int(field == 'keep_last')} to 100000"
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
    """Create a profile or change its numbers. Raises ``ApprovalNeeded`` where it would keep less than it does."""
    require(access=access, permission=Permission.MANAGE_RETENTION)
    numbers.check()
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise ProfileInvalid(
            f"name is {name[:LONGEST_NAME]!r}: give 1 to {LONGEST_NAME} printable characters without space at their ends"
        )
    with transaction.atomic(durable=True):
        profile = RetentionProfile.objects.select_for_update().filter(name=name).first()
        if profile is not None:
            _require_approval_to_shorten(_numbers(profile), numbers, f"profile {name}", approval)
        if is_default:
            _replace_default(name, numbers, approval)
        profile, _ = RetentionProfile.objects.update_or_create(
            name=name, defaults={**asdict(numbers), "is_default": is_default, "set_at": at}
        )
        _write_down(profile, by=access.actor, at=at)
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
        replaced = _replaced_profile(**target)
        if replaced is not None:
            _require_approval_to_shorten(_numbers(replaced), _numbers(profile), f"profile {replaced.name}", approval)
        assignment, _ = ProfileAssignment.objects.update_or_create(
            **target, defaults={"profile": profile, "assigned_at": at}
        )
        journal.append(verb="retention_profile.assigned", payload=_assignment(assignment), at=at)
        record(
            verb="retention_profile.assigned", by=access.actor, at=at, subject_kind="retention_profile",
            subject_key=str(profile.key), body=_assignment(assignment),
        )  # fmt: skip
    return assignment


def _replaced_profile(
    *, source: Source | None, custodian: Custodian | None, group: Group | None
) -> RetentionProfile | None:
    if source is not None:
        return profile_of(source=source)
    assigned = ProfileAssignment.objects.filter(custodian=custodian, group=group).select_related("profile").first()
    return assigned.profile if assigned else profile_of_groups(custodian=custodian)


def _replace_default(name: str, numbers: ProfileNumbers, approval: Confirmation | None) -> None:
    default = RetentionProfile.objects.filter(is_default=True).exclude(name=name).first()
    if default is not None:
        _require_approval_to_shorten(_numbers(default), numbers, f"default profile {default.name}", approval)
        RetentionProfile.objects.filter(pk=default.pk).update(is_default=False)


def _numbers(profile: RetentionProfile) -> ProfileNumbers:
    return ProfileNumbers(**{field: getattr(profile, field) for field in ProfileNumbers.__dataclass_fields__})


def _require_approval_to_shorten(
    old: ProfileNumbers, new: ProfileNumbers, what: str, approval: Confirmation | None
) -> None:
    shorter = [
        f"{field} {getattr(old, field)} → {getattr(new, field)}"
        for field in LENGTHS
        if getattr(new, field) < getattr(old, field)
    ]
    if not shorter:
        return
    digest = sha256(canonical_json({"what": what, "old": asdict(old), "new": asdict(new)})).hexdigest()
    require_approval(approval=approval, digest=digest, text=f"This shortens {what}: {', '.join(shorter)}.")


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
