"""Expiring the snapshots that no profile keeps any more: reversible, and nothing is destroyed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from legalhold.accounts.roles import Permission
from legalhold.audit.services import record
from legalhold.catalog.models import Snapshot, Source
from legalhold.journal import services as journal
from legalhold.matters.access import require
from legalhold.retention.graduation import NEVER
from legalhold.retention.in_force import profiles_of
from legalhold.retention.queries import kept_snapshots
from legalhold.retention.services.scheduling import schedule_captures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from legalhold.matters.access import Access
    from legalhold.retention.in_force import Profiles
    from legalhold.retention.queries import KeptBy


@dataclass(frozen=True, slots=True)
class Expired:
    """What applying the profiles did: sources looked at, snapshots that stay, snapshots that expired now."""

    sources: int
    kept: int
    expired: int


def expire_snapshots(*, access: Access, at: datetime) -> Expired:
    """Apply every source's profiles as of ``at``; a source without one keeps everything. One transaction per source."""
    require(access=access, permission=Permission.MANAGE_RETENTION)
    kept = expired = sources = 0
    for source in Source.objects.exclude(state=Source.State.REMOVING).order_by("pk"):
        if (applied := _apply(source.pk, by=access.actor, at=at)) is not None:
            sources, kept, expired = sources + 1, kept + applied[0], expired + applied[1]
    with transaction.atomic(durable=True):
        schedule_captures()
    return Expired(sources=sources, kept=kept, expired=expired)


def _apply(source_id: int, *, by: str, at: datetime) -> tuple[int, int] | None:
    """Return how many snapshots of the source stay and how many expired, or None where no profile is in force."""
    with transaction.atomic(durable=True):
        # A snapshot that completes meanwhile must not make this one expire what was the newest until then.
        source = Source.objects.select_for_update().get(pk=source_id)
        profiles = profiles_of(sources=[source.pk])[source.pk]
        if not profiles:
            return None
        fates = kept_snapshots(source=source, profiles=profiles)
        gone = sorted(sequence for sequence, kept in fates.items() if kept.expires_at <= at)
        stays = {sequence: kept for sequence, kept in fates.items() if kept.expires_at > at}
        _write_kept(source, stays)
        if gone:
            _write_expired(source, profiles, gone, by=by, at=at)
    return len(stays), len(gone)


def _write_kept(source: Source, stays: Mapping[int, KeptBy]) -> None:
    for snapshot in Snapshot.objects.filter(source=source, sequence__in=stays):
        kept = stays[snapshot.sequence]
        kept_by, expires_at = f"{kept.profile}: {kept.because}", None if kept.expires_at == NEVER else kept.expires_at
        if (snapshot.kept_by, snapshot.expires_at) != (kept_by, expires_at):
            Snapshot.objects.filter(pk=snapshot.pk).update(kept_by=kept_by, expires_at=expires_at)


def _write_expired(source: Source, profiles: Profiles, gone: list[int], *, by: str, at: datetime) -> None:
    Snapshot.objects.filter(source=source, sequence__in=gone).update(expired_at=at, kept_by="")
    payload = {"source": str(source.key), "sequences": gone, "profiles": [str(profile.key) for profile in profiles]}
    journal.append(verb="snapshot.expired", payload=payload, at=at)
    record(verb="snapshot.expired", by=by, at=at, subject_kind="source", subject_key=str(source.key), body=payload)
