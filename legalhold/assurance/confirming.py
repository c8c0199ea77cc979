"""Ending the freeze after a rebuild, once a person has compared the journal's head with a copy kept elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from legalhold.accounts.roles import Permission
from legalhold.audit.services import record
from legalhold.journal import services as journal
from legalhold.journal.queries import journal_state, rebuild_state
from legalhold.matters.access import require

if TYPE_CHECKING:
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.journal.queries import RebuildState
    from legalhold.matters.access import Access


class NothingFrozen(Exception):
    """The journal isn't frozen: there is nothing to confirm."""


class LossesNotConfirmed(Exception):
    """The rebuild lost something, and whoever confirms the head hasn't said that they know what."""


def confirm_head(*, archive: Archive, digest: str, access: Access, at: datetime, losses: str = "") -> None:
    """End the freeze if ``digest`` (hex), kept elsewhere, is that of the newest journal object.

    What a rebuild lost must be confirmed by its own digest, ``losses``; it stays lost, and until a rebuild has found it no
    byte is destroyed. Raises ``NotAllowed``, ``NothingFrozen``, ``LossesNotConfirmed``, ``HeadNotConfirmed`` for another
    digest, and ``JournalFrozen`` while the catalog isn't at that object; the freeze stays then.
    """
    require(access=access, permission=Permission.MANAGE_SYSTEM)
    with transaction.atomic(durable=True):
        state = journal_state()
        if not state.frozen_because:
            raise NothingFrozen("the journal isn't frozen: there is nothing to confirm")
        lost = rebuild_state()
        _require_known(lost, losses)
        journal.confirm(archive=archive, digest=digest)
        if lost.losses:
            payload = {"losses": lost.losses, "losses_digest": lost.losses_digest, "by": access.actor}
            journal.append(verb="archive.losses_confirmed", payload=payload, at=at)
        body = {
            "sequence": state.sequence, "digest": state.digest, "frozen_because": state.frozen_because,
            "losses": lost.losses_digest,
        }  # fmt: skip
        record(verb="archive.head_confirmed", by=access.actor, at=at, subject_kind="archive", subject_key="", body=body)


def _require_known(lost: RebuildState, losses: str) -> None:
    if lost.losses_digest != losses.lower():
        what = (
            f"{lost.losses}. Bring the archive back from another copy and rebuild again; or, if there is none, run `archive"
            f" confirm DIGEST --losses {lost.losses_digest}`: no byte is destroyed while this is lost"
            if lost.losses
            else "it lost nothing: leave --losses out"
        )
        raise LossesNotConfirmed(f"{losses or 'no digest'} isn't that of what the rebuild lost: {what}")
