"""Ending the freeze after a rebuild, once a person has compared the journal's head with a copy kept elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from legalhold.accounts.roles import Permission
from legalhold.audit.services import record
from legalhold.journal import services as journal
from legalhold.journal.queries import journal_state
from legalhold.matters.access import require

if TYPE_CHECKING:
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.matters.access import Access


class NothingFrozen(Exception):
    """The journal isn't frozen: there is nothing to confirm."""


def confirm_head(*, archive: Archive, digest: str, access: Access, at: datetime) -> None:
    """End the freeze if ``digest`` (hex), kept elsewhere, is that of the newest journal object.

    Raises ``NotAllowed``, ``NothingFrozen``, ``HeadNotConfirmed`` for another digest, and ``JournalFrozen`` while the
    catalog isn't at that object; the freeze stays then.
    """
    require(access=access, permission=Permission.MANAGE_SYSTEM)
    with transaction.atomic(durable=True):
        state = journal_state()
        if not state.frozen_because:
            raise NothingFrozen("the journal isn't frozen: there is nothing to confirm")
        journal.confirm(archive=archive, digest=digest)
        body = {"sequence": state.sequence, "digest": state.digest, "frozen_because": state.frozen_because}
        record(verb="archive.head_confirmed", by=access.actor, at=at, subject_kind="archive", subject_key="", body=body)
