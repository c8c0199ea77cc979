"""The database's side of the seam: opens shares by their credentials, says whether they still live, records reads."""

from __future__ import annotations

import hmac
from datetime import time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.db import transaction

from legalhold.audit.queries import newest_sealed_at
from legalhold.audit.services import record
from webdav.credentials import secret_digest
from webdav.directory import Ended, Granted
from webdav.models import Share, ShareRead
from webdav.reads import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from exports.models import Export
    from exports.trees.node import Tree
    from webdav.reads import ReadRecorder

LONGEST_CLIENT: Final = 64
"""Characters kept of an address; no address is longer, but a proxy may pass on anything."""
MIDNIGHT: Final = time.min


class DatabaseShares:
    """Every share of the installation. ``tree_of`` gives an export's tree; trees are immutable, so it may cache."""

    def __init__(self, *, pepper: bytes, tree_of: Callable[[Export], Tree], recorder: ReadRecorder) -> None:
        self._pepper = pepper
        self._tree_of = tree_of
        self._recorder = recorder
        self._latest: datetime | None = None

    def authenticate(self, *, user: str, secret: str, at: datetime, client: str) -> Granted | Ended | None:  # noqa: ARG002 the seam names the client
        """Return the share these credentials open, that it ended, or None; a wrong user costs what a wrong secret does."""
        share = Share.objects.filter(user_name=user).select_related("export__matter").first()
        known = bytes(share.secret_digest) if share else bytes(32)
        is_right = hmac.compare_digest(secret_digest(secret=secret, pepper=self._pepper), known)
        if share is None or not is_right:
            return None
        if share.revoked_at is not None or share.ends_at <= self._passed(at):
            return Ended(message=ended_text(share))
        return Granted(
            share=str(share.pk),
            label=f"{share.export.matter.name} – {share.export.name}",
            ends_text=f"This share ends at {_moment(share, share.ends_at)}",
            tree=self._tree_of(share.export),
        )

    def sign_ins_refused(self, *, client: str, failures: int, at: datetime) -> None:
        """Record in the trail that an address is throttled."""
        with transaction.atomic():
            record(
                verb="share.sign_in_refused",
                by=ACTOR,
                at=at,
                subject_kind="address",
                subject_key=client[:LONGEST_CLIENT],
                body={"failures": failures},
            )

    def is_live(self, *, share: str, at: datetime) -> bool:
        """Say whether the share may still be read."""
        return Share.objects.filter(pk=int(share), revoked_at=None, ends_at__gt=self._passed(at)).exists()

    def _passed(self, at: datetime) -> datetime:
        """Return the latest time that has certainly passed: a clock that was set back reopens no share.

        The trail is asked once; after that this process has seen the time go by itself.
        """
        if self._latest is None:
            self._latest = newest_sealed_at() or at
        self._latest = max(self._latest, at)
        return self._latest

    def begin_read(
        self, *, share: str, path: tuple[str, ...], digest: str, start: int, stop: int, method: str, client: str, at: datetime
    ) -> object:  # fmt: skip
        """Commit that a range is about to be sent; returns the row's id."""
        row = ShareRead(
            share_id=int(share),
            path="/".join(path),
            digest=digest,
            start=start,
            stop=stop,
            method=method,
            client=client[:LONGEST_CLIENT],
            at=at,
        )
        return self._recorder.begin(row=row)

    def end_read(self, token: object, *, sent_bytes: int) -> None:
        """Fill in how many bytes were handed to the network."""
        assert isinstance(token, int)
        self._recorder.end(row_id=token, sent_bytes=sent_bytes)


def ended_text(share: Share) -> str:
    """Return what a reader with the right credentials is told after the end."""
    if share.revoked_at is not None:
        return f"This share ended at {_moment(share, share.revoked_at)}: it was withdrawn"
    return f"This share ended at {_moment(share, share.ends_at)}"


def _moment(share: Share, at: datetime) -> str:
    """Return a moment as people of the matter say it; midnight is the end of a day, which is what a share's end means."""
    zone = share.export.matter.zone
    local = at.astimezone(ZoneInfo(zone))
    day, time = (local - timedelta(days=1), "24:00") if local.time() == MIDNIGHT else (local, f"{local:%H:%M}")
    return f"{time} on {day.day} {day:%B %Y} ({zone})"
