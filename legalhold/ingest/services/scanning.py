"""Takes a scan's findings one by one to the capture and the ledger: each item gets exactly one fate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from legalhold.connectors import Excluded, FileOpened, FolderListed, ItemNotReadable, NotCaptured, RawItem
from legalhold.formats import ItemKind
from legalhold.formats.exceptions import CONTAINER_REMAINDER
from legalhold.ingest.entries import EntryWriter
from legalhold.ingest.ledger import Ledger
from legalhold.ingest.models import Ingest, LedgerEntry

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from legalhold.catalog.capture import Capture
    from legalhold.connectors import Connector, Finding, Folder

HEARTBEAT = timedelta(seconds=30)
TOLD_EVERY = 500
"""Findings between two calls of the progress callback."""


class Scan:
    """One scan in progress: what it counted, and how far it is."""

    def __init__(self, *, capture: Capture, ingest: Ingest) -> None:
        self.capture = capture
        self.ingest = ingest
        self.ledger = Ledger()
        self.entries = EntryWriter(ingest=ingest)
        self.findings = 0
        self.size_bytes = 0
        self._beaten_at = ingest.started_at
        self._is_unread = False
        self._missed: set[Folder] = set()
        self._hidden: dict[Folder, set[bytes]] = {}

    def run(self, *, connector: Connector, stop: Callable[[], bool], progress: Callable[[int, int], None]) -> bool:
        """Take every finding until the scan ends or ``stop`` says so between two; returns whether it was stopped."""
        for finding in connector.scan():
            if stop():
                return True
            self.take(finding=finding)
            self.findings += 1
            if self.findings % TOLD_EVERY == 0:
                progress(self.findings, self.size_bytes)
                self._beat(self.capture.now())
        progress(self.findings, self.size_bytes)
        return False

    def take(self, *, finding: Finding) -> None:
        """Give one finding its fate."""
        match finding:
            case RawItem():
                self._take_item(finding)
            case FolderListed():
                hidden = self._hidden.pop(finding.folder, ())
                self.capture.list_folder(listing=replace(finding, folders=(*finding.folders, *hidden)))
            case FileOpened():
                self._take_opened(finding)
            case Excluded():
                self.ledger.found()
                self.ledger.excluded(rule=finding.rule)
                self._note(finding, fate=LedgerEntry.Fate.EXCLUDED, reason=finding.rule)
            case _:
                self.ledger.found()
                self._miss(finding)

    def _take_item(self, item: RawItem) -> None:
        is_item = item.kind is not ItemKind.CONTAINER
        if is_item:
            self.ledger.found()
        else:
            item = self._with_remainder(item)
        self._is_unread = False
        try:
            self.capture.offer(item=item)
        except ItemNotReadable as problem:
            self._is_unread = True
            if is_item:
                self._missed.add(item.folder)
            else:
                self.ledger.found()
            self._miss(NotCaptured(item.folder, item.name, problem.reason, problem.detail, item.key))
        else:
            self.ledger.preserved(item=item)
            self.size_bytes += item.size_bytes or 0

    def _with_remainder(self, container: RawItem) -> RawItem:
        """Mark a container of which an item was missed: that one is had from the container alone, whatever its date."""
        depth = len(container.folder)
        if not any(folder[:depth] == container.folder for folder in self._missed):
            return container
        marks = tuple(sorted({*container.exceptions, CONTAINER_REMAINDER}))
        return replace(container, exceptions=marks, item_from=None, item_to=None)

    def _take_opened(self, file: FileOpened) -> None:
        """Count an entry; where the item it is couldn't be read, nobody looked into it: what was below is not gone."""
        if self._is_unread:
            file = replace(file, as_="unreadable")
            self._hidden.setdefault(file.folder, set()).add(file.name)
        self._is_unread = False
        self.ledger.opened(file=file)

    def _miss(self, finding: NotCaptured) -> None:
        self.ledger.not_captured(reason=finding.reason)
        self._note(finding, fate=LedgerEntry.Fate.NOT_CAPTURED, reason=finding.reason, detail=finding.detail)

    def _note(self, finding: NotCaptured | Excluded, **columns: Any) -> None:
        """Write it down, and let nothing it may have been be taken as gone: a folder's listing is missing anyway."""
        self.entries.add(folder=finding.folder, name=finding.name, **columns)
        if finding.key is not None or not finding.name.endswith(b"/"):
            self.capture.carry(folder=finding.folder, key=finding.key)

    def _beat(self, at: datetime) -> None:
        if at - self._beaten_at >= HEARTBEAT:
            Ingest.objects.filter(pk=self.ingest.pk).update(heartbeat_at=at)
            self._beaten_at = at
