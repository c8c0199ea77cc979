"""Recording what is done, in the transaction that does it; and the key the trail is sealed with."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from django.db import connection
from django.db.transaction import TransactionManagementError

from legalhold.audit.events import event_bytes
from legalhold.audit.merkle import leaf_digest
from legalhold.audit.models import AuditEvent, TreeHead
from legalhold.audit.sealing import seal
from legalhold.audit.signing import SigningKey, SigningKeyMissing, create_signing_key, load_signing_key
from legalhold.audit.verification import verify

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from legalhold.archive import Random

__all__ = ["open_signing_key", "record", "seal", "verify"]

NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


def record(
    *,
    verb: str,
    by: str,
    at: datetime,
    subject_kind: str,
    subject_key: str,
    matter_key: UUID | None = None,
    body: Mapping[str, object] = NOTHING,
) -> AuditEvent:
    """Record one fact in the caller's transaction; an error outside one. ``body`` has a canonical form (no floats)."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("an audit event is recorded in the transaction of the act it records")
    event = AuditEvent(
        at=at, actor=by, verb=verb, subject_kind=subject_kind, subject_key=subject_key, matter_key=matter_key
    )
    event.body = event_bytes(event=event, body=body)
    event.leaf_digest = leaf_digest(event.body)
    event.save(force_insert=True)
    return event


def open_signing_key(*, path: Path, random: Random) -> SigningKey:
    """Return the installation's signing key, made at the first start. Raises ``SigningKeyMissing`` if it was lost since.

    A lost key isn't made anew: what was sealed with the old one could then no longer be told from a forgery.
    """
    try:
        return load_signing_key(path=path)
    except SigningKeyMissing:
        if TreeHead.objects.exists():
            raise
        return create_signing_key(path=path, random=random)
