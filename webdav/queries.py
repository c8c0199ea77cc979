"""Reading shares and what was read through them, within what an access reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.matters.queries import visible_matters
from webdav.models import Share, ShareRead

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from legalhold.matters.access import Access


class ShareUnknown(Exception):
    """No share that this person may see has that user name."""


def visible_shares(*, access: Access) -> QuerySet[Share]:
    """Return the shares of the matters that ``access`` reaches, newest first."""
    shares = Share.objects.filter(export__matter__in=visible_matters(access=access))
    return shares.select_related("export__matter").order_by("-opened_at", "-pk")


def find_share(*, user_name: str, access: Access) -> Share:
    """Return the share with that user name. Raises ``ShareUnknown``, also for a foreign matter's."""
    share = visible_shares(access=access).filter(user_name=user_name).first()
    if share is None:
        raise ShareUnknown(f"no share has the user name {user_name!r}; `share list` shows yours")
    return share


def reads_of(*, share: Share, access: Access) -> QuerySet[ShareRead]:
    """Return what was read through a share, in order."""
    visible_shares(access=access).get(pk=share.pk)
    return ShareRead.objects.filter(share_id=share.pk).order_by("pk")


def share_state(*, share: Share, at: datetime) -> str:
    """Return ``open``, ``revoked`` or ``ended``."""
    if share.revoked_at is not None:
        return "revoked"
    return "open" if at < share.ends_at else "ended"
