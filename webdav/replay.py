"""Rebuilds shares from the journal. Their secrets aren't in it: a rebuilt share is listed and must be opened anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from exports.models import Export
from legalhold.database.fields import from_micros
from webdav.models import Share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


def _share(payload: Mapping[str, Any], _at: datetime) -> None:
    revoked_at = payload["revoked_at"]
    columns = {
        "export": Export.objects.get(key=payload["export"]),
        "user_name": payload["user_name"],
        "reader": payload["reader"],
        "opened_at": from_micros(payload["opened_at"]),
        "opened_by": payload["opened_by"],
        "ends_at": from_micros(payload["ends_at"]),
        "revoked_at": None if revoked_at is None else from_micros(revoked_at),
    }
    Share.objects.update_or_create(key=payload["key"], defaults=columns)


HANDLERS: Final[dict[str, Callable[[Mapping[str, Any], datetime], None]]] = {
    "share.opened": _share,
    "share.extended": _share,
    "share.revoked": _share,
}
"""Verb → handler."""
