"""One capture of one source: takes what a scan finds, stores what is new, notes what is still there."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

from legalhold.archive import PartKind, cut
from legalhold.catalog.capture.batches import Batch
from legalhold.catalog.capture.contents import BATCH_BYTES, content_of, digest_of, read_head
from legalhold.catalog.capture.live import ItemMetTwice, LiveItems
from legalhold.catalog.capture.packing import PackFiller
from legalhold.catalog.capture.places import path_of
from legalhold.catalog.capture.sources import require_active
from legalhold.catalog.capture.storing import store_and_commit
from legalhold.catalog.capture.streaming import ContentChanged, StreamedContent
from legalhold.catalog.capture.versions import NewVersion, insert_versions
from legalhold.catalog.facts import facts_row, insert_facts
from legalhold.connectors import ItemNotReadable
from legalhold.connectors.items import TRANSIENT_SERVICE_ERROR, UNKNOWN_REASON
from legalhold.formats import ItemKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from uuid import UUID

    from legalhold.archive import Archive
    from legalhold.catalog.capture.committing import KeptContents
    from legalhold.catalog.capture.live import LiveItem
    from legalhold.catalog.capture.snapshots import OpenSnapshot
    from legalhold.connectors import Folder, FolderListed, RawItem

CAPTURED_NEW = "captured_new"
CAPTURED_KNOWN = "captured_known"
UNCHANGED = "unchanged"
CONTAINERS_CAPTURED = "containers_captured"
CONTAINERS_UNCHANGED = "containers_unchanged"


class Capture:
    """A capture in progress. ``counts`` tells each offered item's fate once it is committed. Memory: one batch.

    Besides that it holds the place of every item the source showed before. For one thread.
    """

    def __init__(self, *, archive: Archive, snapshot: OpenSnapshot, now: Callable[[], datetime]) -> None:
        self.archive = archive
        self.snapshot = snapshot
        self.now = now
        self.owner: UUID = uuid4()
        self.counts: Counter[str] = Counter()
        self.live = LiveItems(source_id=snapshot.source_id, sequence=snapshot.sequence)
        self.listed: dict[Folder, frozenset[bytes]] = {}
        self.unclear: set[bytes] = set()
        self._batch = Batch(snapshot=snapshot)

    def offer(self, *, item: RawItem) -> None:
        """Take one item: note it as unchanged, or store it with its batch.

        The same bytes of another kind, or of dates that the version before doesn't span, are a new version of a content
        that is stored already: pins match on kind and dates.

        Raises ItemNotReadable (nothing of it is kept then; say so to ``carry``), SourceNotActive, CaptureContended.
        """
        path = path_of(item.folder)
        try:
            before = self.live.find(folder=path, key=item.key)
        except ItemMetTwice as error:
            raise ItemNotReadable(reason=UNKNOWN_REASON, detail=str(error)) from error
        head = read_head(item)
        if len(head) > BATCH_BYTES:
            self._offer_large(item, head, before)
        else:
            self._offer_small(item, head, before)
        self.live.meet(folder=path, key=item.key)
        if self._batch.is_full:
            self.flush()

    def carry(self, *, folder: Folder, key: bytes | None) -> None:
        """Note that something at a place wasn't captured but may be there: its earlier version hasn't vanished.

        Without a key it could be any item of the folder, so none of them has.
        """
        if key is None:
            self.unclear.add(path_of(folder))
        else:
            self.live.meet(folder=path_of(folder), key=key)

    def list_folder(self, *, listing: FolderListed) -> None:
        """Note a folder whose listing ended without error."""
        self.listed[listing.folder] = frozenset(listing.folders) | self.listed.get(listing.folder, frozenset())

    def flush(self) -> None:
        """Commit what was offered so far."""
        if not self._batch.versions:
            return
        batch, self._batch = self._batch, Batch(snapshot=self.snapshot)
        new = set(batch.commit(filler=self._filler(), folders=self.live.folders))
        for version in batch.versions:
            self._count_captured(version.item.kind, is_new=version.summary.digest in new)
            new.discard(version.summary.digest)

    def _offer_small(self, item: RawItem, data: bytes, before: LiveItem | None) -> None:
        content = content_of(data, cuts=item.cuts)
        if before is not None and before.reaches(item=item) and before.content_digest == content.summary.digest:
            self._count_unchanged(item.kind)
        else:
            self._batch.add(item=item, content=content)

    def _offer_large(self, item: RawItem, head: bytes, before: LiveItem | None) -> None:
        if before is not None and before.reaches(item=item) and before.content_digest == digest_of(item):
            self._count_unchanged(item.kind)
            return

        facts = facts_row(kind=item.kind, data=head)

        def then(kept: KeptContents) -> bool:
            require_active(source_id=self.snapshot.source_id)
            content_id = kept.ids[streamed.summary.digest]
            insert_facts(facts=[] if facts is None else [(content_id, facts)])
            version = NewVersion(item, streamed.summary)
            insert_versions(snapshot=self.snapshot, versions=[version], contents=kept.ids, known=self.live.folders)
            return bool(kept.new)

        filler = self._filler()
        streamed = StreamedContent(parts=lambda: _parts(item), kind=PartKind.DATA, filler=filler)
        try:
            is_new = store_and_commit(contents=[streamed.row()], fill=streamed.fill, filler=filler, then=then)
        except ContentChanged as error:
            raise ItemNotReadable(reason=TRANSIENT_SERVICE_ERROR, detail=str(error)) from error
        self._count_captured(item.kind, is_new=is_new)

    def _filler(self) -> PackFiller:
        return PackFiller(archive=self.archive, owner=self.owner, now=self.now)

    def _count_unchanged(self, kind: ItemKind) -> None:
        self.counts[CONTAINERS_UNCHANGED if kind is ItemKind.CONTAINER else UNCHANGED] += 1

    def _count_captured(self, kind: ItemKind, *, is_new: bool) -> None:
        if kind is ItemKind.CONTAINER:
            self.counts[CONTAINERS_CAPTURED] += 1
        else:
            self.counts[CAPTURED_NEW if is_new else CAPTURED_KNOWN] += 1


def _parts(item: RawItem) -> Iterator[bytes]:
    with closing(item.open()) as stream:
        yield from cut(stream, cuts=item.cuts)
