"""Finding custodians by what people call them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from legalhold.accounts.roles import Permission
from legalhold.custodians.matching import candidates
from legalhold.custodians.models import Custodian, Group, MatterCustodian
from legalhold.matters.access import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter


class CustodianUnknown(Exception):
    """No custodian has that address, employee id or key."""


class CustodianAmbiguous(Exception):
    """Several custodians have, or had, that address."""


class GroupUnknown(Exception):
    """No group has that name or key."""


def find_custodian(*, text: str) -> Custodian:
    """Return who has this address (whatever its case), employee id or key; who was merged is whom they were merged into.

    Raises CustodianUnknown, and CustodianAmbiguous naming the candidates.
    """
    found = _by_key(text) or _by_employee_id(text) or _by_address(text)
    people = list({person.pk: person for person in map(_surviving, found)}.values())
    if not people:
        raise CustodianUnknown(
            f"no custodian has the address, employee id or key {text!r}; `custodians list` shows all"
        )
    if len(people) > 1:
        raise CustodianAmbiguous(
            f"{text!r} is or was the address of {candidates(people)}; name one by what is in brackets"
        )
    return people[0]


def list_custodians(*, access: Access) -> Sequence[Custodian]:
    """Return all custodians by name, their addresses fetched with them; those merged into others aside. Raises NotAllowed."""
    require(access=access, permission=Permission.MANAGE_CUSTODIANS)
    return list(Custodian.objects.filter(merged_into=None).order_by("name", "pk").prefetch_related("addresses"))


def custodians_of(*, matter: Matter, access: Access) -> Sequence[Custodian]:
    """Return the custodians that a matter is about, by name. Raises NotAllowed, MatterUnknown."""
    require(access=access, permission=Permission.READ_MATTERS, matter=matter)
    parts = MatterCustodian.objects.filter(matter=matter).select_related("custodian")
    return [part.custodian for part in parts.order_by("custodian__name", "custodian__pk")]


def find_group(*, text: str, access: Access) -> Group:
    """Return the group of this name or key. Raises GroupUnknown, naming those there are, and NotAllowed."""
    require(access=access, permission=Permission.MANAGE_CUSTODIANS)
    group = Group.objects.filter(name=text).first() or _group_by_key(text)
    if group is None:
        names = ", ".join(Group.objects.order_by("name").values_list("name", flat=True)) or "none yet"
        raise GroupUnknown(f"no group has the name or key {text!r}; there are: {names}")
    return group


def _group_by_key(text: str) -> Group | None:
    try:
        return Group.objects.filter(key=UUID(text)).first()
    except ValueError:
        return None


def _by_key(text: str) -> list[Custodian]:
    try:
        key = UUID(text)
    except ValueError:
        return []
    return list(Custodian.objects.filter(key=key))


def _by_employee_id(text: str) -> list[Custodian]:
    return list(Custodian.objects.filter(employee_id=text))


def _by_address(text: str) -> list[Custodian]:
    return list(Custodian.objects.filter(addresses__address=text.strip().lower()).distinct().order_by("pk"))


def _surviving(person: Custodian) -> Custodian:
    while person.merged_into is not None:
        person = person.merged_into
    return person
