"""Saying whose a data source is: what a hold reaches of them holds it from that commit on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.accounts.roles import Permission
from legalhold.audit.services import record
from legalhold.catalog.associations import associate, end_association
from legalhold.catalog.capture import acknowledge
from legalhold.catalog.models import SourceCustodian
from legalhold.database import guard
from legalhold.database.fields import to_micros
from legalhold.matters.access import require

if TYPE_CHECKING:
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.catalog.models import Source
    from legalhold.custodians.models import Custodian
    from legalhold.matters.access import Access


class AlreadyAssociated(Exception):
    """The data source is the custodian's already."""


class NotAssociated(Exception):
    """The data source isn't the custodian's now."""


def associate_source(
    *, source: Source, custodian: Custodian, from_at: datetime, archive: Archive, access: Access, at: datetime
) -> SourceCustodian:
    """Say that a source is a custodian's from ``from_at`` on; durable in the journal on return.

    Raises NotAllowed and AlreadyAssociated; nothing is written then.
    """
    require(access=access, permission=Permission.MANAGE_CUSTODIANS)
    with guard.exclusive():
        if SourceCustodian.objects.filter(source=source, custodian=custodian, to_at=None).exists():
            raise AlreadyAssociated(f"{source.name} is {custodian.name}'s already")
        row = associate(source=source, custodian=custodian, from_at=from_at, at=at)
        record(
            verb="source.associated", by=access.actor, at=at, subject_kind="source", subject_key=str(source.key),
            body={"custodian": str(custodian.key), "from_at": to_micros(from_at)},
        )  # fmt: skip
    acknowledge(archive=archive, done=f"{source.name} is {custodian.name}'s")
    return row


def dissociate_source(
    *, source: Source, custodian: Custodian, to_at: datetime, access: Access, at: datetime
) -> SourceCustodian:
    """Say that a source was a custodian's until ``to_at``: holds reach it as before, collections show it only until then.

    Raises NotAllowed and NotAssociated; nothing is written then.
    """
    require(access=access, permission=Permission.MANAGE_CUSTODIANS)
    with guard.exclusive():
        row = SourceCustodian.objects.filter(source=source, custodian=custodian, to_at=None).first()
        if row is None:
            raise NotAssociated(f"{source.name} isn't {custodian.name}'s now; `source list` shows whose it is")
        end_association(association=row, to_at=to_at, at=at)
        record(
            verb="source.association_ended", by=access.actor, at=at, subject_kind="source", subject_key=str(source.key),
            body={"custodian": str(custodian.key), "to_at": to_micros(to_at)},
        )  # fmt: skip
    return row
