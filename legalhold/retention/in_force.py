"""Which profiles apply to which source, read at once for any number of sources."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from django.db.models import Model

from legalhold.catalog.models import GroupMember, SourceCustodian
from legalhold.retention.models import ProfileAssignment, RetentionProfile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from django.db.models import QuerySet

    from legalhold.custodians.models import Custodian

MOST_NAMED: Final = 500
M = TypeVar("M", bound=Model)
Profiles = tuple[RetentionProfile, ...]


@dataclass(frozen=True, slots=True)
class _Assigned:
    """Assignments by the id of the one thing each is for, and the default."""

    sources: Mapping[int, RetentionProfile]
    custodians: Mapping[int, RetentionProfile]
    groups: Mapping[int, RetentionProfile]
    default: RetentionProfile | None

    def to_groups(self, groups: Iterable[int]) -> Profiles:
        """Return the profiles of these groups, else the default."""
        return _each(self.groups, groups) or ((self.default,) if self.default else ())


def profiles_of(*, sources: Collection[int]) -> dict[int, Profiles]:
    """Return, by source id, the profiles in force: its own, else all its custodians', else all their groups', else the default.

    Who ever was its custodian, and ever in a group, counts. Where several are in force each keeps what it keeps; none keeps all.
    """
    assigned = _read_assigned()
    custodians: dict[int, set[int]] = defaultdict(set)
    for source, custodian in among(SourceCustodian.objects.all(), source=sources).values_list("source", "custodian"):
        custodians[source].add(custodian)
    groups = _groups_of({custodian for ever in custodians.values() for custodian in ever})
    return {
        source: _each(assigned.sources, [source])
        or _each(assigned.custodians, custodians[source])
        or assigned.to_groups({group for custodian in custodians[source] for group in groups[custodian]})
        for source in sources
    }


def profiles_of_groups(*, custodian: Custodian | None) -> Profiles:
    """Return the profiles in force for somebody without one of their own: their groups', else the default."""
    groups = _groups_of({custodian.pk})[custodian.pk] if custodian is not None else set()
    return _read_assigned().to_groups(groups)


def among(rows: QuerySet[M], **wanted: Collection[int]) -> QuerySet[M]:
    """Return the rows whose column is among these ids, or all: more than so many are read faster than they are named."""
    [(column, ids)] = wanted.items()
    return rows.filter(**{f"{column}__in": ids}) if len(ids) <= MOST_NAMED else rows


def _read_assigned() -> _Assigned:
    rows = list(ProfileAssignment.objects.select_related("profile"))
    return _Assigned(
        sources={row.source_id: row.profile for row in rows if row.source_id is not None},
        custodians={row.custodian_id: row.profile for row in rows if row.custodian_id is not None},
        groups={row.group_id: row.profile for row in rows if row.group_id is not None},
        default=RetentionProfile.objects.filter(is_default=True).first(),
    )


def _groups_of(custodians: Collection[int]) -> dict[int, set[int]]:
    groups: dict[int, set[int]] = defaultdict(set)
    for custodian, group in among(GroupMember.objects.all(), custodian=custodians).values_list("custodian", "group"):
        groups[custodian].add(group)
    return groups


def _each(profiles: Mapping[int, RetentionProfile], keys: Iterable[int]) -> Profiles:
    """Return the profiles under these keys, each once, in one order."""
    found = {profiles[key].pk: profiles[key] for key in keys if key in profiles}
    return tuple(found[pk] for pk in sorted(found))
