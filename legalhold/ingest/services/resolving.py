"""Which source an ingest is of: named by custodian and name, or by its key; made, if that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from legalhold.audit.services import record
from legalhold.catalog.associations import SourceUnknown, create_source, find_source
from legalhold.catalog.capture import acknowledge
from legalhold.catalog.models import Source, SourceCustodian
from legalhold.custodians.parsing import is_address
from legalhold.custodians.queries import CustodianUnknown, find_custodian
from legalhold.custodians.services import create_custodian
from legalhold.database import guard

if TYPE_CHECKING:
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.custodians.models import Custodian

KINDS: Final = {
    "ics": (Source.Kind.CALENDAR, "Calendar"),
    "vcf": (Source.Kind.ADDRESS_BOOK, "Contacts"),
    "files": (Source.Kind.DEVICE_FILES, "Files"),
    "zip": (Source.Kind.DEVICE_FILES, "Files"),
}
"""What a source captured from this format is, and its name where none was given; mail otherwise."""

MAILBOX: Final = (Source.Kind.MAILBOX, "Mail")


class SourceNotNamed(Exception):
    """An ingest needs to be told whose source it captures, or which one."""


def resolve_source(
    *, archive: Archive, custodian: str | None, name: str | None, format: str, create: bool, by: str, from_at: datetime,  # noqa: A002
    at: datetime,
) -> Source:  # fmt: skip
    """Return the source to capture. ``create`` makes the custodian (named by an address) and the source if missing.

    A source that is made is held, where its custodian is, from its own commit on. It is theirs from ``from_at``: what is
    captured now may be of an earlier time, and is shown only if it was theirs then.
    Raises SourceNotNamed, CustodianUnknown, CustodianAmbiguous, SourceUnknown, SourceAmbiguous, AddressInvalid.
    """
    if custodian is None and name is None:
        raise SourceNotNamed("say whose data this is (--custodian) or which source (--source)")
    if name is not None and (source := _by_key(name)) is not None:
        if custodian is not None:
            _require_theirs(source, custodian)
        return source
    kind, default_name = KINDS.get(format, MAILBOX)
    person = None if custodian is None else _person(custodian, may_create=create)
    try:
        if person is not None or custodian is None:
            return find_source(custodian=person, name=name or default_name)
    except SourceUnknown:
        if not create:
            raise
    source = _make(custodian, person, name or default_name, kind, by=by, from_at=from_at, at=at)
    acknowledge(archive=archive, done=f"data source {source.name} is made, and nothing is captured yet", is_all=False)
    return source


def _by_key(text: str) -> Source | None:
    try:
        return Source.objects.filter(key=UUID(text)).first()
    except ValueError:
        return None


def _require_theirs(source: Source, custodian: str) -> None:
    """Raise unless the source is this custodian's now: what is captured as one person's is held as theirs only if it is."""
    person = find_custodian(text=custodian)
    if not SourceCustodian.objects.filter(source=source, custodian=person, to_at=None).exists():
        raise SourceUnknown(
            f"{person.name} has no source with the key {source.key}: leave --custodian out to capture it as it is,"
            " or say first that it is theirs (`source associate`)"
        )


def _person(text: str, *, may_create: bool) -> Custodian | None:
    """Return who is meant; None if nobody is and an address was given that may become somebody."""
    try:
        return find_custodian(text=text)
    except CustodianUnknown as error:
        if may_create and is_address(text):
            return None
        hint = "" if may_create else "; --create makes one"
        raise CustodianUnknown(f"{error}{hint}") from error


def _make(
    address: str | None, person: Custodian | None, name: str, kind: str, *, by: str, from_at: datetime, at: datetime
) -> Source:
    """Make what is missing, unless another ingest has made it since it was looked for."""
    with guard.exclusive():
        person = person if address is None else _person(address, may_create=True)
        if (made := _made_meanwhile(person, address, name)) is not None:
            return made
        is_new = person is None and address is not None
        if is_new:
            person = create_custodian(address=str(address), at=at)
        source = create_source(name=name, kind=kind, custodian=person, from_at=from_at, at=at)
        body = {
            "name": name,
            "kind": str(kind),
            "custodian": str(person.key) if person else None,
            "custodian_created": is_new,
        }
        record(verb="source.created", by=by, at=at, subject_kind="source", subject_key=str(source.key), body=body)
    return source


def _made_meanwhile(person: Custodian | None, address: str | None, name: str) -> Source | None:
    if person is None and address is not None:
        return None
    try:
        return find_source(custodian=person, name=name)
    except SourceUnknown:
        return None
