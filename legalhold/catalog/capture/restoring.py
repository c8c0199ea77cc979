"""Makes snapshots, versions and contents rows again, out of the archive alone, for a rebuild of the catalog; packs first.

The journal says which manifests count, which packs were condemned and what was destroyed; nothing else is believed.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction

from legalhold.archive import (
    AddedRow,
    ClosedRow,
    ContentSummary,
    PartEntry,
    PartKind,
    SnapshotManifest,
    decode_manifest,
    decode_recipe,
)
from legalhold.catalog.capture.committing import ContentRow, by_digest, keep_contents
from legalhold.catalog.capture.places import ensure_folders, folder_ids
from legalhold.catalog.capture.versions import COLUMNS
from legalhold.catalog.digests import version_digest
from legalhold.catalog.models import LIVE, Snapshot, Source
from legalhold.connectors.keys import bounded_key
from legalhold.database import rows
from legalhold.database.fields import from_micros

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.catalog.capture.packing import PartKey, StoredPart

ROWS_AT_ONCE = 2_000


class ManifestMissing(Exception):
    """The journal names a manifest that isn't in the packs, or is another snapshot's."""


@dataclass(slots=True)
class Gathered:
    """What the journal as a whole says of the archive, whatever it said in between."""

    condemned: set[str] = field(default_factory=set)
    manifests: dict[tuple[str, int], bytes] = field(default_factory=dict)
    destroyed: set[bytes] = field(default_factory=set)

    def take(self, *, verb: str, payload: Mapping[str, Any]) -> None:
        """Take one entry of the journal, in the journal's order."""
        match verb:
            case "pack.condemned":
                self.condemned.update(payload["packs"])
            case "snapshot.completed" | "manifest.rewritten":
                self.manifests[payload["source"], payload["sequence"]] = bytes.fromhex(payload["manifest"])
            case "version.destroyed":
                self.destroyed.update(bytes.fromhex(each["version"]) for each in payload["versions"])


class RestoredSnapshot(NamedTuple):
    """How many versions a snapshot added, and the contents missing of others: no tombstone explains those."""

    versions: int
    missing: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class NothingStored:
    """Takes a filler's place: in a rebuild nothing is written into packs."""

    stored: Mapping[PartKey, StoredPart] = field(default_factory=dict)
    packs: Sequence[int] = ()


def restore_snapshot(
    *, archive: Archive, payload: Mapping[str, Any], gathered: Gathered, at: datetime
) -> RestoredSnapshot:
    """Make a completed snapshot's row, its versions and contents again; after ``restore_packs``, in the journal's order.

    Raises ManifestMissing.
    """
    source = Source.objects.get(key=payload["source"])
    digest = gathered.manifests[payload["source"], payload["sequence"]]
    with transaction.atomic():
        summary = stored_summary(archive=archive, kind=PartKind.MANIFEST, digest=digest)
        if summary is None:
            raise ManifestMissing(
                f"the packs lack manifest {digest.hex()} of snapshot {payload['sequence']} of {source.key}"
            )
        kept = keep_contents(contents=[ContentRow(summary, PartKind.MANIFEST)], filler=NothingStored())
        manifest = decode_manifest(_read(archive, PartKind.MANIFEST, part) for part in summary.parts)
        head = next(manifest)
        _require_its_own(head, payload)
        assert isinstance(head, SnapshotManifest)
        Snapshot.objects.create(
            source=source,
            sequence=head.sequence,
            taken_at=from_micros(head.taken_at),
            ingested_at=at,
            state=head.state,
            custody=dict(head.custody),
            ledger=dict(head.ledger),
            manifest_content=kept.ids[digest],
        )
        return _restore_rows(archive, source, head, manifest, gathered)


def restore_lost_snapshot(*, payload: Mapping[str, Any], at: datetime) -> None:
    """Make the row of a completed snapshot whose manifest can't be read, by what the journal says of it: partial, without versions.

    load-bearing: without the row the source's next capture would take its number again, and the journal would name two.
    """
    Snapshot.objects.create(
        source=Source.objects.get(key=payload["source"]),
        sequence=payload["sequence"],
        taken_at=from_micros(payload["taken_at"]),
        ingested_at=at,
        state=Snapshot.State.PARTIAL,
    )


def _require_its_own(head: object, payload: Mapping[str, Any]) -> None:
    if not isinstance(head, SnapshotManifest) or (head.source_key, head.sequence) != (
        payload["source"],
        payload["sequence"],
    ):
        raise ManifestMissing(f"the manifest of snapshot {payload['sequence']} of {payload['source']} is another one's")


def _restore_rows(
    archive: Archive, source: Source, head: SnapshotManifest, manifest: Iterator[object], gathered: Gathered
) -> RestoredSnapshot:
    versions = 0
    missing: list[bytes] = []
    added: list[AddedRow] = []
    for row in manifest:
        if isinstance(row, AddedRow):
            added.append(row)
            if len(added) >= ROWS_AT_ONCE:
                versions += _restore_versions(archive, source, head, added, gathered, missing)
                added = []
        elif isinstance(row, ClosedRow):
            if added:
                versions += _restore_versions(archive, source, head, added, gathered, missing)
                added = []
            _close(source, head, row)
    versions += _restore_versions(archive, source, head, added, gathered, missing)
    return RestoredSnapshot(versions, tuple(missing))


def _restore_versions(
    archive: Archive,
    source: Source,
    head: SnapshotManifest,
    added: Iterable[AddedRow],
    gathered: Gathered,
    missing: list[bytes],
) -> int:
    standing = [row for row in added if _digest(source, head, row) not in gathered.destroyed]
    single = _places(PartKind.DATA, [row.content_digest for row in standing if row.parts == (row.content_digest,)])
    summaries = {row.content_digest: _summary_of(archive, row, single) for row in standing}
    missing.extend(digest for digest, summary in summaries.items() if summary is None)
    found = [ContentRow(summary, PartKind.DATA) for summary in summaries.values() if summary is not None]
    kept = keep_contents(contents=found, filler=NothingStored())
    there = [row for row in standing if row.content_digest in kept.ids]
    ensure_folders(source_id=source.pk, paths={row.folder for row in there})
    folders = folder_ids(source_id=source.pk)
    values = [_values(source, head, row, folders, kept.ids) for row in there]
    rows.insert_rows(table="catalog_version", columns=COLUMNS, rows=values)
    return len(there)


def _values(
    source: Source, head: SnapshotManifest, row: AddedRow, folders: Mapping[bytes, int], contents: Mapping[bytes, int]
) -> tuple[object, ...]:
    place = (source.pk, folders[row.folder], row.item_key, row.name, row.kind, row.item_from, row.item_to)
    content = (row.size_bytes, contents[row.content_digest], ",".join(row.exceptions), row.flags or None)
    return (*place, head.sequence, LIVE, *content)


def _close(source: Source, head: SnapshotManifest, row: ClosedRow) -> None:
    rows.execute(
        f"UPDATE catalog_version SET last_seen = %s WHERE source_id = %s AND item_key = %s AND first_seen = %s"
        f" AND last_seen = {LIVE} AND folder_id = (SELECT id FROM catalog_folder WHERE source_id = %s AND path_key = %s)",
        [head.closes_at, source.pk, row.item_key, row.first_seen, source.pk, bounded_key(row.folder)],
    )


def _digest(source: Source, head: SnapshotManifest, row: AddedRow) -> bytes:
    return version_digest(
        source_key=source.key,
        folder=row.folder,
        item_key=row.item_key,
        first_seen=head.sequence,
        content_digest=row.content_digest,
    )


def _summary_of(archive: Archive, row: AddedRow, single: Collection[bytes]) -> ContentSummary | None:
    """Return what a row's content is made of; None unless all of its parts are there (``single``: those of one part)."""
    if row.parts == (row.content_digest,):
        summary = ContentSummary(row.content_digest, row.size_bytes, row.crc32, row.parts)
        return summary if row.content_digest in single else None
    return stored_summary(archive=archive, kind=PartKind.DATA, digest=row.content_digest)


def stored_summary(*, archive: Archive, kind: PartKind, digest: bytes) -> ContentSummary | None:
    """Return what a content is made of by its recipe, or as the one part that it is; None unless all of it is there."""
    if _places(PartKind.RECIPE, [digest]):
        summary = decode_recipe(_read(archive, PartKind.RECIPE, digest), digest=digest)
        return summary if len(_places(kind, summary.parts)) == len(set(summary.parts)) else None
    if not _places(kind, [digest]):
        return None
    data = _read(archive, kind, digest)
    return ContentSummary(digest, len(data), zlib.crc32(data), (digest,))


def _places(kind: PartKind, digests: Sequence[bytes]) -> dict[bytes, tuple[str, PartEntry]]:
    """Return where parts are: the pack's name and the entry, by digest."""
    found = by_digest(
        'SELECT k.name, p.kind, p.part_digest, p."offset", p.length, p.raw_length, p.dictionary'
        " FROM catalog_part p JOIN catalog_pack k ON k.id = p.pack_id WHERE p.part_digest",
        sorted(set(digests)),
    )
    return {
        bytes(digest): (str(name), PartEntry(PartKind(found_kind), bytes(digest), *numbers))
        for name, found_kind, digest, *numbers in found
        if found_kind == kind
    }


def _read(archive: Archive, kind: PartKind, digest: bytes) -> bytes:
    [(pack, entry)] = _places(kind, [digest]).values()
    return archive.parts.read(pack=pack, entry=entry)
