"""Data sources, whose they are, and who belongs to groups: what pins reach versions through.

Plain functions without audit events, inside the caller's ``guard.exclusive()``: a batch that destroys must not miss
that a source has just become a held person's. Ending changes what is shown, never what is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from legalhold.catalog.destruction.marking import UNMARKED
from legalhold.catalog.held import is_held
from legalhold.catalog.models import GroupMember, Source, SourceCustodian
from legalhold.catalog.pins import GuardNotHeld, guard_is_held
from legalhold.database.fields import to_micros
from legalhold.database.rows import execute
from legalhold.journal.services import append

if TYPE_CHECKING:
    from datetime import datetime

    from legalhold.custodians.models import Custodian, Group


LONGEST_NAME: Final = 200


class SourceUnknown(Exception):
    """The custodian has no source of that name."""


class SourceNameInvalid(ValueError):
    """A source can't have this name."""


class SourceAmbiguous(Exception):
    """The custodian has several sources of that name."""


class AlreadyEnded(Exception):
    """An association or a membership ends once."""


def find_source(*, custodian: Custodian | None, name: str) -> Source:
    """Return the source of this name that is ``custodian``'s now, or (None) that nobody's name is on.

    Raises SourceUnknown and SourceAmbiguous, naming what there is.
    """
    mine = _sources_of(custodian)
    found = [source for source in mine if source.name == name]
    if len(found) == 1:
        return found[0]
    who = "nobody in particular" if custodian is None else custodian.name
    if found:
        keys = ", ".join(str(source.key) for source in found)
        raise SourceAmbiguous(f"{who} has {len(found)} sources named {name!r}: {keys}; rename all but one")
    names = ", ".join(sorted(repr(source.name) for source in mine)) or "none"
    raise SourceUnknown(f"{who} has no source named {name!r}; there is {names}. --create makes it")


def create_source(*, name: str, kind: str, custodian: Custodian | None, from_at: datetime, at: datetime) -> Source:
    """Make a source and associate it with ``custodian`` from ``from_at`` on. Raises GuardNotHeld and SourceNameInvalid."""
    _require_guard()
    _check_name(name)
    source = Source.objects.create(name=name, kind=kind, created_at=at)
    append(verb="source.created", payload={"key": str(source.key), "name": name, "kind": kind}, at=at)
    if custodian is not None:
        associate(source=source, custodian=custodian, from_at=from_at, at=at)
    return source


def associate(*, source: Source, custodian: Custodian, from_at: datetime, at: datetime) -> SourceCustodian:
    """Say that a source is a custodian's from ``from_at`` on, and rescue what of it was condemned and is held now."""
    _require_guard()
    row = SourceCustodian.objects.create(source=source, custodian=custodian, from_at=from_at)
    append(verb="source.associated", payload=_association(row), at=at)
    _rescue("v.source_id = %s", source.pk)
    return row


def end_association(*, association: SourceCustodian, to_at: datetime, at: datetime) -> None:
    """Say that a source was a custodian's until ``to_at``; what is held stays held. Raises AlreadyEnded."""
    _require_guard()
    if not SourceCustodian.objects.filter(pk=association.pk, to_at=None).update(to_at=to_at):
        raise AlreadyEnded("the association has ended already")
    append(verb="source.association_ended", payload={**_association(association), "to_at": to_micros(to_at)}, at=at)


def add_member(*, group: Group, custodian: Custodian, from_at: datetime, at: datetime) -> GroupMember:
    """Say that a custodian belongs to a group from ``from_at`` on, and rescue what of theirs was condemned and is held now."""
    _require_guard()
    row = GroupMember.objects.create(group=group, custodian=custodian, from_at=from_at)
    append(verb="group.member_added", payload=_membership(row), at=at)
    theirs = "SELECT a.source_id FROM catalog_sourcecustodian a WHERE a.custodian_id = %s"
    _rescue(f"v.source_id IN ({theirs})", custodian.pk)
    return row


def end_membership(*, membership: GroupMember, to_at: datetime, at: datetime) -> None:
    """Say that a custodian belonged to a group until ``to_at``; what is held stays held. Raises AlreadyEnded."""
    _require_guard()
    if not GroupMember.objects.filter(pk=membership.pk, to_at=None).update(to_at=to_at):
        raise AlreadyEnded("the membership has ended already")
    append(verb="group.member_ended", payload={**_membership(membership), "to_at": to_micros(to_at)}, at=at)


def _sources_of(custodian: Custodian | None) -> list[Source]:
    if custodian is None:
        owned = SourceCustodian.objects.values("source")
        return list(Source.objects.exclude(pk__in=owned).exclude(state=Source.State.REMOVING).order_by("pk"))
    mine = SourceCustodian.objects.filter(custodian=custodian, to_at=None).values("source")
    return list(Source.objects.filter(pk__in=mine).exclude(state=Source.State.REMOVING).order_by("pk"))


def _check_name(name: str) -> None:
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise SourceNameInvalid(
            f"a source's name is {name[:LONGEST_NAME]!r}: give 1 to {LONGEST_NAME} printable characters"
            " without space at their ends"
        )


def _require_guard() -> None:
    if not guard_is_held():
        raise GuardNotHeld("sources and groups change inside guard.exclusive() only")


def _rescue(condition: str, value: int) -> None:
    execute(
        f"UPDATE catalog_version AS v SET {UNMARKED} WHERE {condition} AND v.condemned_at IS NOT NULL"
        f" AND {is_held(version='v')}",
        [value],
    )


def _association(row: SourceCustodian) -> dict[str, Any]:
    return {"source": str(row.source.key), "custodian": str(row.custodian.key), "from_at": to_micros(row.from_at)}


def _membership(row: GroupMember) -> dict[str, Any]:
    return {"group": str(row.group.key), "custodian": str(row.custodian.key), "from_at": to_micros(row.from_at)}
