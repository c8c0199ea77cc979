"""The database's side of the seam: opens shares by their credentials, says whether they still live, records reads."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from webdav.credentials import secret_digest
from webdav.directory import Ended, Granted
from webdav.models import Share, ShareRead

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from exports.models import Export
    from exports.trees.node import Tree
    from webdav.reads import ReadRecorder


class DatabaseShares:
    """Every share of the installation. ``tree_of`` gives an export's tree; trees are immutable, so it may cache."""

    def __init__(self, *, pepper: bytes, tree_of: Callable[[Export], Tree], recorder: ReadRecorder) -> None:
        self._pepper = pepper
        self._tree_of = tree_of
        self._recorder = recorder

    def authenticate(self, *, user: str, secret: str, at: datetime, client: str) -> Granted | Ended | None:  # noqa: ARG002 the seam names the client
        """Return the share these credentials open, that it ended, or None; a wrong user costs what a wrong secret does."""
        share = Share.objects.filter(user_name=user).select_related("export__matter").first()
        known = bytes(share.secret_digest) if share else bytes(32)
        is_right = hmac.compare_digest(secret_digest(secret=secret, pepper=self._pepper), known)
        if share is None or not is_right:
            return None
        if share.revoked_at is not None or share.ends_at <= at:
            return Ended(message=ended_text(share))
        return Granted(
            share=str(share.pk),
            label=f"{share.export.matter.name} – {share.export.name}",
            ends_text=f"This share ends on {_day(share.ends_at)}",
            tree=self._tree_of(share.export),
        )

    def is_live(self, *, share: str, at: datetime) -> bool:
        """Say whether the share may still be read."""
        return Share.objects.filter(pk=int(share), revoked_at=None, ends_at__gt=at).exists()

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
            client=client[:64],
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
        return f"This share ended on {_day(share.revoked_at)}: it was withdrawn"
    return f"This share ended on {_day(share.ends_at)}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
