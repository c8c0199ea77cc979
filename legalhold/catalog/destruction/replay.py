"""Rebuilds what was destroyed and given up from the journal: tombstones, removed sources, rewritten manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import Min

from legalhold.catalog.destruction.gate import narrowing
from legalhold.catalog.destruction.sweep import mark_dead
from legalhold.catalog.identities import Identity, read_identities_of_source
from legalhold.catalog.models import LIVE, Content, Pack, Part, Snapshot, Source, Tombstone, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


def _destroyed(payload: Mapping[str, Any], at: datetime) -> None:
    """Set the tombstones; a version that an old manifest still lists goes again, unless a pin holds it (refused then).

    A version that is listed no more has lost its number: its tombstone gets a negative one.
    """
    known: dict[str, dict[bytes, Identity]] = {}
    gone: list[Identity] = []
    number = min(0, Tombstone.objects.aggregate(lowest=Min("version_id"))["lowest"] or 0)
    for row in payload["versions"]:
        source = Source.objects.get(key=row["source"])
        by_digest = known.setdefault(row["source"], _by_digest(source))
        identity = by_digest.get(bytes.fromhex(row["version"]))
        if identity is not None:
            gone.append(identity)
        number -= 1
        version_id = number if identity is None else identity.version_id
        _tombstone(row, version_id, source, payload["run"], at).save(force_insert=True)
    with narrowing():
        Version.objects.filter(pk__in=[identity.version_id for identity in gone]).delete()
        mark_dead(contents={identity.content_id for identity in gone}, at=at)


def _by_digest(source: Source) -> dict[bytes, Identity]:
    return {identity.version_digest: identity for identity in read_identities_of_source(source_id=source.pk)}


def _tombstone(row: Mapping[str, Any], version_id: int, source: Source, run_key: str, at: datetime) -> Tombstone:
    return Tombstone(
        version_id=version_id,
        source_id=source.pk,
        version_digest=bytes.fromhex(row["version"]),
        content_digest=bytes.fromhex(row["content"]),
        kind=row["kind"],
        size_bytes=row["size_bytes"],
        first_seen=row["first_seen"],
        last_seen=LIVE if row["last_seen"] is None else row["last_seen"],
        run_key=run_key,
        because=row["because"],
        destroyed_at=at,
    )


def _removed(payload: Mapping[str, Any], _at: datetime) -> None:
    with narrowing():
        Source.objects.filter(key=payload["source"]).update(state=Source.State.REMOVING)


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
    "version.destroyed": _destroyed,
    "source.removed": _removed,
    "manifest.rewritten": _rewritten,
    "pack.condemned": _condemned,
}
"""Verb → handler; each joins the caller's transaction."""
