"""Opening, extending and revoking shares.

Opening and extending widen who reads, so they are durable in the journal before they are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.db import transaction

from exports.models import Export
from exports.rules import require_whole
from legalhold.audit.services import record
from legalhold.database.fields import to_micros
from legalhold.journal import services as journal
from webdav.credentials import new_secret, new_user_name, secret_digest, share_pepper
from webdav.models import Share
from webdav.rules import may_manage_shares

if TYPE_CHECKING:
    from datetime import date

    from legalhold.archive import Archive
    from legalhold.matters.access import Access


LONGEST_READER: Final = 200
LONGEST_SHARE: Final = timedelta(days=36_525)
"""A hundred years: whoever names a later day has made a slip, and nobody would notice that the share never ends."""


class ExportNotReady(Exception):
    """The export is still being created, so nothing could be read."""


class ShareEndsInThePast(ValueError):
    """The share would have ended before it was opened."""


class ShareEndsTooLate(ValueError):
    """The share would stay open for so long that its year is a slip."""


class ShareNotExtended(ValueError):
    """The share would not have ended later than it does."""


class ReaderInvalid(ValueError):
    """A share needs a reader who can be named in one line."""


class ShareEnded(Exception):
    """The share was revoked or its last day is over already."""


@dataclass(frozen=True, slots=True)
class OpenedShare:
    """A new share and its secret, which is nowhere else and can't be shown again."""

    share: Share
    secret: str


def open_share(
    *, export: Export, reader: str, ends_on: date, archive: Archive, access: Access, at: datetime
) -> OpenedShare:
    """Let ``reader`` read an export until 24:00 of ``ends_on`` in the matter's zone.

    Raises ``ExportNotReady``, ``ExportNotWhole``, ``ReaderInvalid``, ``ShareEndsTooLate`` and ``ShareEndsInThePast``, and nothing
    is written then; ``NotYetDurable`` when it is open, without its secret: nobody is told that before it is durable.
    """
    may_manage_shares(access=access, matter=export.matter)
    if export.state != Export.State.READY:
        raise ExportNotReady(f"export {export.name!r} is still being created; `export show` tells how far it is")
    require_whole(export=export)
    _check_reader(reader)
    ends_at = _end_at(ends_on, zone=export.matter.zone, at=at)
    secret = new_secret(random=archive.random)
    with transaction.atomic(durable=True):
        share = Share.objects.create(
            export=export,
            user_name=new_user_name(random=archive.random),
            secret_digest=secret_digest(secret=secret, pepper=share_pepper(archive=archive)),
            reader=reader,
            opened_at=at,
            opened_by=access.actor,
            ends_at=ends_at,
        )
        _write_down("share.opened", share, access, at)
    done = f"share {share.user_name} is open, but nobody was told its password: revoke it and open another"
    journal.acknowledge(archive=archive, done=done)
    return OpenedShare(share=share, secret=secret)


def _check_reader(reader: str) -> None:
    if not reader.strip() or not reader.isprintable() or len(reader) > LONGEST_READER:
        raise ReaderInvalid(f"reader is {reader[:LONGEST_READER]!r}: give 1 to {LONGEST_READER} printable characters")


def _end_at(day: date, *, zone: str, at: datetime) -> datetime:
    if day > at.date() + LONGEST_SHARE:
        raise ShareEndsTooLate(f"{day} is more than 100 years from now; give an earlier day")
    ends_at = end_of_day(day=day, zone=zone)
    if ends_at <= at:
        raise ShareEndsInThePast(f"{day} is over in {zone}; give a later day")
    return ends_at


def end_of_day(*, day: date, zone: str) -> datetime:
    """Return 24:00 of ``day`` in ``zone``, which is the next day's first moment."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=ZoneInfo(zone))


def revoke_share(*, share: Share, access: Access, at: datetime) -> Share:
    """End a share now, in the middle of a running download too. Raises ``ShareEnded`` where it has."""
    may_manage_shares(access=access, matter=share.export.matter)
    with transaction.atomic(durable=True):
        locked = _locked_open(share, at)
        locked.revoked_at = at
        locked.save(update_fields=["revoked_at"])
        _write_down("share.revoked", locked, access, at)
    return locked


def extend_share(*, share: Share, ends_on: date, archive: Archive, access: Access, at: datetime) -> Share:
    """Let a share be read until 24:00 of a later day, with the secret it has.

    Raises ``ShareEnded`` where it is over, ``ShareNotExtended``, ``ShareEndsTooLate`` and ``ShareEndsInThePast``.
    """
    may_manage_shares(access=access, matter=share.export.matter)
    ends_at = _end_at(ends_on, zone=share.export.matter.zone, at=at)
    with transaction.atomic(durable=True):
        locked = _locked_open(share, at)
        if ends_at <= locked.ends_at:
            raise ShareNotExtended(f"share {locked.user_name} is open until then already; give a later day")
        locked.ends_at = ends_at
        locked.save(update_fields=["ends_at"])
        _write_down("share.extended", locked, access, at)
    journal.flush(archive=archive)
    return locked


def _locked_open(share: Share, at: datetime) -> Share:
    locked = Share.objects.select_for_update(of=("self",)).select_related("export__matter").get(pk=share.pk)
    if locked.revoked_at is not None or locked.ends_at <= at:
        ended_at = min(locked.revoked_at or locked.ends_at, locked.ends_at)
        raise ShareEnded(f"share {locked.user_name} ended on {ended_at:%Y-%m-%d %H:%M} UTC already")
    return locked


def _write_down(verb: str, share: Share, access: Access, at: datetime) -> None:
    journal.append(verb=verb, payload=share_payload(share), at=at)
    body = {"user_name": share.user_name, "reader": share.reader, "export": str(share.export.key)}
    record(
        verb=verb,
        by=access.actor,
        at=at,
        subject_kind="share",
        subject_key=str(share.key),
        matter_key=share.export.matter.key,
        body={**body, "ends_at": to_micros(share.ends_at)},
    )


def share_payload(share: Share) -> dict[str, str | int | None]:
    """Return a share by keys, without what its secret could be tested with."""
    return {
        "key": str(share.key),
        "export": str(share.export.key),
        "user_name": share.user_name,
        "reader": share.reader,
        "opened_at": to_micros(share.opened_at),
        "opened_by": share.opened_by,
        "ends_at": to_micros(share.ends_at),
        "revoked_at": to_micros(share.revoked_at) if share.revoked_at else None,
    }
