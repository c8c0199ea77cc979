"""Takes the names of destroyed versions out of the manifests that list them, so that they leave the packs as well.

The rewritten manifest is a content like any other; its snapshot names it by the transaction that journals it. Memory:
the largest manifest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from legalhold.archive import (
    AddedRow,
    ArchiveError,
    ClosedRow,
    ContentDigester,
    ListedFolder,
    NewPart,
    PartEntry,
    PartKind,
    SnapshotManifest,
    StoreFull,
    decode_manifest,
    encode_manifest,
)
from legalhold.archive.failpoints import hit, register
from legalhold.catalog.capture.committing import ContentRow, KeptContents
from legalhold.catalog.capture.contents import recipe_of
from legalhold.catalog.capture.packing import PackFiller
from legalhold.catalog.capture.storing import store_and_commit, store_missing
from legalhold.catalog.destruction.gate import destroying, narrowing
from legalhold.catalog.destruction.safety import REWRITE_WITHIN
from legalhold.catalog.destruction.sweep import UNREFERRED, mark_dead
from legalhold.catalog.digests import version_digest
from legalhold.catalog.models import LIVE, Snapshot, Source, Tombstone
from legalhold.database.rows import execute, fetch
from legalhold.journal.services import append

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from legalhold.archive import Archive, ContentSummary
    from legalhold.catalog.destruction.running import Running

register("manifests.before_switch", "manifests.after_switch")

T = TypeVar("T")

AT_ONCE: Final = 50
"""Manifests rewritten into one pack: hundreds of tiny packs would cost a file and two flushes each."""

FORGOTTEN_AT_ONCE: Final = 500
"""Tombstones marked by one statement: its parameters have a bound on SQLite."""

_CHUNKS: Final = (
    'SELECT k.name, p.kind, p.part_digest, p."offset", p.length, p.raw_length, p.dictionary'
    " FROM catalog_contentpart c JOIN catalog_part p ON p.id = c.part_id JOIN catalog_pack k ON k.id = p.pack_id"
    " WHERE c.content_id = %s AND c.ordinal >= 0 ORDER BY c.ordinal"
)

_LEFT_OVER: Final = (
    "SELECT DISTINCT c.id FROM catalog_part p JOIN catalog_contentpart cp ON cp.part_id = p.id"
    f" JOIN catalog_content c ON c.id = cp.content_id WHERE p.kind = {int(PartKind.MANIFEST)} AND c.dead_at IS NULL"
    f" AND {UNREFERRED} ORDER BY c.id"
)

_EMPTIED: Final = (
    "SELECT DISTINCT f.source_id FROM catalog_folder f JOIN catalog_source r ON r.id = f.source_id"
    " WHERE r.state = 'removing' AND NOT EXISTS (SELECT 1 FROM catalog_version v WHERE v.source_id = f.source_id)"
)


class Rewritten(NamedTuple):
    """A snapshot, the manifest it had, and the one it is to have."""

    snapshot: Snapshot
    old_content: int
    summary: ContentSummary
    parts: tuple[NewPart, ...]


def rewrite(*, is_full: bool, running: Running) -> None:
    """Rewrite the manifests that list versions destroyed longer than ``REWRITE_WITHIN`` ago; ``is_full``: all.

    What can't be read, or finds no room for its successor, is counted and left to the next run, its tombstones with it.
    """
    due = Tombstone.objects.filter(forgotten_at=None)
    if not is_full:
        due = due.filter(destroyed_at__lt=running.at - REWRITE_WITHIN)
    tombstones = list(due.values_list("pk", "source_id", "first_seen", "last_seen"))
    # A manifest that is being put together may list them still; read before the manifests that are there are looked at.
    being_captured = set(Snapshot.objects.filter(state=Snapshot.State.OPEN).values_list("source_id", flat=True))
    numbers = {(source, first) for _, source, first, _ in tombstones}
    numbers |= {(source, last + 1) for _, source, _, last in tombstones if last < LIVE}
    numbers |= _of_removed({source for _, source, _, _ in tombstones})
    unforgotten = being_captured | _rewrite_all(_with_manifest(numbers), running)
    if tombstones:
        _mark_left_over(running)
    forgotten = [pk for pk, source, *_ in tombstones if source not in unforgotten]
    for start in range(0, len(forgotten), FORGOTTEN_AT_ONCE):
        batch = forgotten[start : start + FORGOTTEN_AT_ONCE]
        Tombstone.objects.filter(pk__in=batch).update(forgotten_at=running.at)


def _rewrite_all(snapshots: Sequence[Snapshot], running: Running) -> set[int]:
    """Rewrite batch by batch; returns the sources of which a manifest stays as it was though it may list what is gone."""
    left: set[int] = set()
    for start in range(0, len(snapshots), AT_ONCE):
        try:
            left |= _rewrite_batch(snapshots[start : start + AT_ONCE], running)
        except StoreFull:
            running.count("manifests_without_room", len(snapshots) - start)
            return left | {snapshot.source_id for snapshot in snapshots[start:]}
    return left


def _mark_left_over(running: Running) -> None:
    """Mark manifests that no snapshot names: a run that was killed after it had switched to others had not marked them.

    load-bearing: before any tombstone is forgotten. No later run would look for the names in them.
    """
    left = [int(content) for (content,) in fetch(_LEFT_OVER)]
    for batch in running.pace().batches(left):
        with destroying():
            mark_dead(contents=batch, at=running.at)


def _of_removed(sources: set[int]) -> set[tuple[int, int]]:
    """Return all snapshots of those that are removed: the names of their folders leave also where nothing else goes now.

    With them come the removed sources that had been emptied before, whose folders are swept next.
    """
    removed = Source.objects.filter(state=Source.State.REMOVING).values_list("pk", flat=True)
    emptied = {source for (source,) in fetch(_EMPTIED)}
    snapshots = Snapshot.objects.filter(source__in=sources.intersection(removed) | emptied)
    return set(snapshots.values_list("source_id", "sequence"))


def _with_manifest(numbers: Iterable[tuple[int, int]]) -> list[Snapshot]:
    found = [
        Snapshot.objects.select_related("source").filter(source=source, sequence=sequence).first()
        for source, sequence in sorted(numbers)
    ]
    return [snapshot for snapshot in found if snapshot is not None and snapshot.manifest_content is not None]


def _rewrite_batch(snapshots: Sequence[Snapshot], running: Running) -> set[int]:
    """Rewrite some manifests into one pack; returns the sources of those that can't be read."""
    unreadable: set[int] = set()
    rewritten: list[Rewritten] = []
    for snapshot in snapshots:
        try:
            each = _rewritten(snapshot, running.archive)
        except ArchiveError:
            running.count("manifests_unreadable", 1)
            unreadable.add(snapshot.source_id)
            continue
        if each is not None:
            rewritten.append(each)
    if rewritten:
        _store_and_switch(rewritten, running)
    return unreadable


def _store_and_switch(rewritten: Sequence[Rewritten], running: Running) -> None:
    filler = PackFiller(archive=running.archive, owner=running.run.key, now=lambda: running.now)
    unused = store_and_commit(
        contents=[ContentRow(each.summary, PartKind.MANIFEST) for each in rewritten],
        fill=lambda: store_missing(parts=(part for each in rewritten for part in each.parts), filler=filler),
        filler=filler,
        then=lambda kept: _switch(rewritten, kept, running),
    )
    hit("manifests.after_switch")
    with destroying():
        mark_dead(contents=unused, at=running.at)


def _switch(rewritten: Sequence[Rewritten], kept: KeptContents, running: Running) -> set[int]:
    """Let each snapshot name its new manifest; returns the contents that aren't one any more, or never became one."""
    hit("manifests.before_switch")
    unused = set()
    for each in rewritten:
        new_content = kept.ids[each.summary.digest]
        with narrowing():
            changed = execute(
                "UPDATE catalog_snapshot SET manifest_content = %s WHERE id = %s AND manifest_content = %s",
                [new_content, each.snapshot.pk, each.old_content],
            )
        unused.add(each.old_content if changed else new_content)
        if changed:
            running.count("manifests_rewritten", 1)
            append(verb="manifest.rewritten", payload=_payload(each), at=running.at)
    return unused


def _payload(each: Rewritten) -> dict[str, object]:
    return {
        "source": str(each.snapshot.source.key),
        "sequence": each.snapshot.sequence,
        "manifest": each.summary.digest.hex(),
    }


def _rewritten(snapshot: Snapshot, archive: Archive) -> Rewritten | None:
    """Return the snapshot's manifest without what was destroyed, None when nothing in it was."""
    old_content = snapshot.manifest_content
    assert old_content is not None
    digester = ContentDigester()
    chunks = list(_encode(snapshot, _Sections(decode_manifest(_chunks(old_content, archive)))))
    parts = [NewPart(PartKind.MANIFEST, digester.add(chunk), chunk) for chunk in chunks]
    summary = digester.summary()
    if fetch("SELECT 1 FROM catalog_content WHERE id = %s AND content_digest = %s", [old_content, summary.digest]):
        return None
    recipe = [recipe_of(summary)] if summary.needs_recipe else []
    return Rewritten(snapshot, old_content, summary, (*parts, *recipe))


def _chunks(content: int, archive: Archive) -> Iterator[bytes]:
    for name, kind, digest, *numbers in fetch(_CHUNKS, [content]):
        yield archive.parts.read(pack=name, entry=PartEntry(PartKind(kind), bytes(digest), *numbers))


def _encode(snapshot: Snapshot, sections: _Sections) -> Iterator[bytes]:
    [manifest] = sections.of(SnapshotManifest)
    destroyed, standing, folders = _destroyed(snapshot), _standing(snapshot), _folders(snapshot)
    yield from encode_manifest(
        snapshot=manifest,
        listed=(row.folder for row in sections.of(ListedFolder) if folders is None or row.folder in folders),
        added=(row for row in sections.of(AddedRow) if _digest(snapshot, row) not in destroyed),
        closed=(row for row in sections.of(ClosedRow) if (row.folder, row.item_key, row.first_seen) in standing),
    )


def _digest(snapshot: Snapshot, row: AddedRow) -> bytes:
    return version_digest(
        source_key=snapshot.source.key,
        folder=row.folder,
        item_key=row.item_key,
        first_seen=snapshot.sequence,
        content_digest=row.content_digest,
    )


def _destroyed(snapshot: Snapshot) -> set[bytes]:
    """Only what has a tombstone leaves the added rows: without its row a version would be lost to a rebuild."""
    rows = Tombstone.objects.filter(source_id=snapshot.source_id, first_seen=snapshot.sequence)
    return {bytes(digest) for digest in rows.values_list("version_digest", flat=True)}


def _standing(snapshot: Snapshot) -> set[tuple[bytes, bytes, int]]:
    rows = fetch(
        "SELECT f.path, v.item_key, v.first_seen FROM catalog_version v JOIN catalog_folder f ON f.id = v.folder_id"
        " WHERE v.source_id = %s AND v.last_seen = %s",
        [snapshot.source_id, snapshot.sequence - 1],
    )
    return {(bytes(path), bytes(key), first) for path, key, first in rows}


def _folders(snapshot: Snapshot) -> set[bytes] | None:
    """Return which folders of a removed source still have versions, None (all stay) for another source."""
    if snapshot.source.state != "removing":
        return None
    rows = fetch(
        "SELECT DISTINCT f.path FROM catalog_folder f"
        " JOIN catalog_version v ON v.source_id = f.source_id AND v.folder_id = f.id WHERE f.source_id = %s",
        [snapshot.source_id],
    )
    return {bytes(row[0]) for row in rows}


class _Sections:
    """The rows of a manifest, kind by kind in their order, with one row in hand."""

    def __init__(self, rows: Iterator[object]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, kind: type[T]) -> Iterator[T]:
        """Yield the rows of this kind that come next."""
        while isinstance(self._next, kind):
            row = self._next
            self._next = next(self._rows, None)
            yield row
