"""Rebuilds what compaction did to packs and manifests from the journal; tombstones are replayed by the room itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from legalhold.catalog.destruction.gate import narrowing
from legalhold.catalog.models import Content, Pack, Part, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


def _rewritten(payload: Mapping[str, Any], _at: datetime) -> None:
    """Name the rewritten manifest where it was restored as a content of its own; usually the snapshot has it already."""
    content = Content.objects.filter(content_digest=bytes.fromhex(payload["manifest"])).first()
    if content is not None:
        with narrowing():
            snapshots = Snapshot.objects.filter(source__key=payload["source"], sequence=payload["sequence"])
            snapshots.update(manifest_content=content.pk)


def _condemned(payload: Mapping[str, Any], _at: datetime) -> None:
    """Condemn the packs that are still there and that nothing was restored from."""
    used = Part.objects.values("pack_id")
    with narrowing():
        Pack.objects.filter(name__in=payload["packs"]).exclude(pk__in=used).update(state=Pack.State.CONDEMNED)


HANDLERS: Final[dict[str, Callable[[Mapping[str, Any], datetime], None]]] = {
    "manifest.rewritten": _rewritten,
    "pack.condemned": _condemned,
}
"""Verb → handler; each joins the caller's transaction."""
