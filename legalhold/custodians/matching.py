"""Which person a row of a file is: by employee id, else by address. What could be two people is a problem, not a guess."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from legalhold.custodians.models import Custodian, CustodianAddress
from legalhold.custodians.parsing import Problem

if TYPE_CHECKING:
    from legalhold.custodians.parsing import CustodianRow


@dataclass(frozen=True, slots=True)
class Known:
    """The custodians there are, by what a row may name them by."""

    by_employee_id: dict[str, Custodian] = field(default_factory=dict)
    by_address: dict[str, list[Custodian]] = field(default_factory=dict)
    addresses_of: dict[int, set[str]] = field(default_factory=dict)


def load_known() -> Known:
    """Read all custodians that haven't been merged into others, in two queries."""
    people = {person.pk: person for person in Custodian.objects.filter(merged_into=None)}
    by_address: defaultdict[str, list[Custodian]] = defaultdict(list)
    addresses_of: defaultdict[int, set[str]] = defaultdict(set)
    for custodian_id, address in CustodianAddress.objects.order_by("pk").values_list("custodian_id", "address"):
        if custodian_id in people:
            by_address[address].append(people[custodian_id])
            addresses_of[custodian_id].add(address)
    by_employee_id = {person.employee_id: person for person in people.values() if person.employee_id}
    return Known(by_employee_id, dict(by_address), dict(addresses_of))


def match(*, row: CustodianRow, known: Known, problems: list[Problem]) -> Custodian | None:
    """Return who the row is, None for somebody new; adds to ``problems`` when it can't be told."""
    by_id = known.by_employee_id.get(row.employee_id) if row.employee_id else None
    if by_id is not None:
        return by_id
    found = {person.pk: person for address in row.addresses for person in known.by_address.get(address, [])}
    if not found:
        return None
    people = list(found.values())
    if len(people) > 1:
        text = f"its addresses belong to {len(people)} people: {candidates(people)}; give an employee id"
        problems.append(Problem(row.row, "email", text))
    elif row.employee_id and people[0].employee_id:
        text = (
            f"{row.employee_id!r} isn't the employee id of who has the address: {candidates(people)};"
            " correct one of them, or leave the address out"
        )
        problems.append(Problem(row.row, "employee_id", text))
    return people[0]


def candidates(people: list[Custodian]) -> str:
    """Return people by what tells them apart."""
    return ", ".join(
        f"{person.name} ({person.employee_id or person.key})" for person in sorted(people, key=lambda each: each.pk)
    )
