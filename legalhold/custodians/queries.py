"""Finding custodians by what people call them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from legalhold.custodians.matching import candidates
from legalhold.custodians.models import Custodian

if TYPE_CHECKING:
    from collections.abc import Sequence


class CustodianUnknown(Exception):
    """No custodian has that address, employee id or key."""


class CustodianAmbiguous(Exception):
    """Several custodians have, or had, that address."""


def find_custodian(*, text: str) -> Custodian:
    """Return who has this address (whatever its case), employee id or key; who was merged is whom they were merged into.

    Raises CustodianUnknown, and CustodianAmbiguous naming the candidates.
    """
    found = _by_key(text) or _by_employee_id(text) or _by_address(text)
    people = list({person.pk: person for person in map(_surviving, found)}.values())
    if not people:
        raise CustodianUnknown(f"no custodian has the address, employee id or key {text!r}; `custodians list` shows all")
    if len(people) > 1:
        raise CustodianAmbiguous(f"{text!r} is or was the address of {candidates(people)}; name one by what is in brackets")
    return people[0]


def list_custodians() -> Sequence[Custodian]:
    """Return all custodians by name, their addresses fetched with them; those merged into others aside."""
    return list(Custodian.objects.filter(merged_into=None).order_by("name", "pk").prefetch_related("addresses"))


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
