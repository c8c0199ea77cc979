"""Rebuilds exports from the journal: what was exported and how; ``services.restore_exports`` then makes its rows again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from exports.models import Export
from legalhold.matters.models import Matter
from legalhold.review.models import Collection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


def describe_export(*, export: Export) -> dict[str, Any]:
    """Return an export as the journal says it: by keys, with the digest that its rows must have again."""
    return {
        "key": str(export.key),
        "matter": str(export.matter.key),
        "collection": str(export.collection.key),
        "name": export.name,
        "layout": export.layout,
        "zone": export.zone,
        "by": export.created_by,
        "counts": export.counts,
        "files": export.files,
        "size_bytes": export.size_bytes,
        "manifest_digest": bytes(export.manifest_digest or b"").hex(),
        "record": bytes(export.frozen_digest or b"").hex(),
        "shows_scope": export.shows_scope,
    }


def _created(payload: Mapping[str, Any], at: datetime) -> None:
    """Take over what the newest entry of a key says: an export that a rebuild left unreadable may be created again."""
    Export.objects.update_or_create(
        key=UUID(payload["key"]),
        defaults={
            "matter": Matter.objects.get(key=UUID(payload["matter"])),
            "collection": Collection.objects.get(key=UUID(payload["collection"])),
            "name": payload["name"],
            "layout": payload["layout"],
            "zone": payload["zone"],
            "state": Export.State.CREATING,
            "created_at": at,
            "created_by": payload["by"],
            "counts": payload["counts"],
            "files": payload["files"],
            "size_bytes": payload["size_bytes"],
            "manifest_digest": bytes.fromhex(payload["manifest_digest"]),
            "frozen_digest": bytes.fromhex(payload.get("record", "")) or None,
            # Exports made before records told their scope, always.
            "shows_scope": payload.get("shows_scope", True),
        },
    )


HANDLERS: Final[dict[str, Callable[[Mapping[str, Any], datetime], None]]] = {"export.created": _created}
