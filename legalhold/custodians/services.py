"""Writing custodians down: imported from a file all or nothing, or made one by one; and their groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from legalhold.accounts.roles import Permission
from legalhold.audit.services import record
from legalhold.custodians.matching import Known, load_known, match
from legalhold.custodians.models import Custodian, CustodianAddress, Group, MatterCustodian
from legalhold.custodians.parsing import CustodianRow, CustodiansInvalid, Problem, is_address
from legalhold.journal.services import append
from legalhold.matters.access import require

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from legalhold.custodians.parsing import CustodianFile
    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter

JOURNALED_AT_ONCE = 500
"""Custodians per journal entry: an entry stays far below a journal object's size."""


class AddressInvalid(ValueError):
    """A custodian is named by one e-mail address."""


class GroupNameTaken(Exception):
    """Another group has that name."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, in custodians, and which of the file's columns it took nothing from."""

    created: int
    updated: int
    unchanged: int
    ignored_columns: tuple[str, ...]


def import_custodians(
    *,
    file: CustodianFile,
    access: Access,
    at: datetime,
    is_dry_run: bool = False,
    progress: Callable[[int, int], object] = lambda _done, _of: None,
) -> ImportResult:
    """Make or update the custodians of a file in one transaction. Raises NotAllowed, CustodiansInvalid: nothing is written then.

    Addresses are added, never taken away; a cell that is empty changes nothing. ``progress`` is given rows written, and of
    how many.
    """
    require(access=access, permission=Permission.MANAGE_CUSTODIANS)
    with transaction.atomic(durable=True):
        matched = _match_all(file, load_known())
        result = ImportResult(
            created=sum(person is None for _, person, _ in matched),
            updated=sum(person is not None and change for _, person, change in matched),
            unchanged=sum(person is not None and not change for _, person, change in matched),
            ignored_columns=file.ignored_columns,
        )
        if not is_dry_run:
            _write([(row, person) for row, person, change in matched if change], at, progress)
            record(
                verb="custodian.imported", by=access.actor, at=at, subject_kind="custodians", subject_key=file.name[:64],
                body={"file": file.name, "created": result.created, "updated": result.updated},
            )  # fmt: skip
    return result


def create_custodian(*, address: str, name: str = "", at: datetime) -> Custodian:
    """Make a custodian known by one address; joins the caller's transaction, which writes the event. Raises AddressInvalid."""
    if not is_address(address):
        raise AddressInvalid(f"{address!r} is no e-mail address; give one like alice@example.org")
    row = CustodianRow(row=0, name=name or address, employee_id="", department="", addresses=(address.lower(),))
    [custodian] = _write([(row, None)], at)
    return custodian


def create_group(*, name: str, access: Access, at: datetime) -> Group:
    """Make a group; who belongs to it is written down by the catalog. Raises NotAllowed, GroupNameTaken."""
    require(access=access, permission=Permission.MANAGE_CUSTODIANS)
    with transaction.atomic(durable=True):
        group, is_new = Group.objects.get_or_create(name=name, defaults={"created_at": at})
        if not is_new:
            raise GroupNameTaken(f"there is a group named {name!r} already; give this one another name")
        payload = {"key": str(group.key), "name": name}
        append(verb="group.created", payload=payload, at=at)
        record(
            verb="group.created", by=access.actor, at=at, subject_kind="group", subject_key=str(group.key), body=payload
        )
    return group


def add_to_matter(*, matter: Matter, custodians: Sequence[Custodian], access: Access, at: datetime) -> list[Custodian]:
    """Say that a matter is about these people's data, and return those it wasn't yet. Raises NotAllowed, MatterUnknown."""
    require(access=access, permission=Permission.MANAGE_MATTERS, matter=matter)
    with transaction.atomic(durable=True):
        known = set(MatterCustodian.objects.filter(matter=matter).values_list("custodian_id", flat=True))
        new = {person.pk: person for person in custodians if person.pk not in known}
        MatterCustodian.objects.bulk_create(
            MatterCustodian(matter=matter, custodian=one, added_at=at) for one in new.values()
        )
        if new:
            payload = {"matter": str(matter.key), "custodians": [str(person.key) for person in new.values()]}
            append(verb="matter.custodians_added", payload=payload, at=at)
            record(
                verb="matter.custodians_added", by=access.actor, at=at, subject_kind="matter",
                subject_key=str(matter.key), matter_key=matter.key, body=payload,
            )  # fmt: skip
    return list(new.values())


def _match_all(file: CustodianFile, known: Known) -> list[tuple[CustodianRow, Custodian | None, bool]]:
    """Give each row with who it is and whether it changes anything. Raises CustodiansInvalid."""
    problems: list[Problem] = []
    matched = []
    rows_of: dict[int, int] = {}
    for row in file.rows:
        person = match(row=row, known=known, problems=problems)
        if person is not None and (first := rows_of.setdefault(person.pk, row.row)) != row.row:
            problems.append(Problem(row.row, "email", f"{person.name} is in row {first} too; one row per person"))
        matched.append((row, person, person is None or _is_changed(row, person, known)))
    if problems:
        raise CustodiansInvalid(file=file.name, problems=problems)
    return matched


def _is_changed(row: CustodianRow, person: Custodian, known: Known) -> bool:
    return (
        row.name != person.name
        or (row.employee_id or person.employee_id) != person.employee_id
        or (row.department or person.department) != person.department
        or not known.addresses_of.get(person.pk, set()).issuperset(row.addresses)
    )


def _write(
    changes: Sequence[tuple[CustodianRow, Custodian | None]],
    at: datetime,
    progress: Callable[[int, int], object] = lambda _done, _of: None,
) -> list[Custodian]:
    """Insert and update custodians with their addresses, and tell the journal what they are now."""
    people: list[Custodian] = []
    for start in range(0, len(changes), JOURNALED_AT_ONCE):
        people += _write_some(changes[start : start + JOURNALED_AT_ONCE], at)
        progress(len(people), len(changes))
    return people


def _write_some(changes: Sequence[tuple[CustodianRow, Custodian | None]], at: datetime) -> list[Custodian]:
    for row, person in changes:
        if person is not None:
            person.name, person.department = row.name, row.department or person.department
            person.employee_id = row.employee_id or person.employee_id
    old = [person for _, person in changes if person is not None]
    Custodian.objects.bulk_update(old, ["name", "employee_id", "department"])
    people = [person or _new(row, at) for row, person in changes]
    Custodian.objects.bulk_create([person for person in people if person.pk is None])
    written = [(row, person) for (row, _), person in zip(changes, people, strict=True)]
    addresses = [
        CustodianAddress(custodian=person, address=address) for row, person in written for address in row.addresses
    ]
    CustodianAddress.objects.bulk_create(addresses, ignore_conflicts=True)
    append(verb="custodian.imported", payload={"custodians": [_payload(row, person) for row, person in written]}, at=at)
    return people


def _new(row: CustodianRow, at: datetime) -> Custodian:
    return Custodian(name=row.name, employee_id=row.employee_id or None, department=row.department, created_at=at)


def _payload(row: CustodianRow, person: Custodian) -> dict[str, Any]:
    return {
        "key": str(person.key),
        "name": person.name,
        "employee_id": person.employee_id,
        "department": person.department,
        "addresses": list(row.addresses),
    }
