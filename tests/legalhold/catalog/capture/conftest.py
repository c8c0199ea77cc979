"""A source made of a dictionary, captured by the real services into a real archive."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from legalhold.catalog.capture import (
    Capture,
    acknowledge,
    begin_snapshot,
    complete_snapshot,
    finish_partial,
)
from legalhold.catalog.models import Source
from legalhold.catalog.reading import listing, open_content
from legalhold.connectors import FolderListed, RawItem
from legalhold.formats import ItemKind


def make_item(place: tuple[bytes, ...], data: bytes, **columns) -> RawItem:
    """An item at folder components and key, whose bytes are given."""
    fields = {
        "folder": place[:-1],
        "key": place[-1],
        "name": place[-1],
        "kind": ItemKind.FILE,
        "item_from": None,
        "item_to": None,
        "size_bytes": len(data),
        "open": lambda: io.BytesIO(data),
    }
    return RawItem(**{**fields, **columns})


class Mailbox:
    """One source, and the clock and archive its captures use."""

    def __init__(self, archive, clock) -> None:
        self.archive = archive
        self.clock = clock
        self.source = Source.objects.create(kind="mailbox", name="Mailbox", created_at=clock.now)

    def begin(self) -> Capture:
        """Open the next snapshot, a minute later."""
        at = self.clock.advance(timedelta(minutes=1))
        snapshot = begin_snapshot(source=self.source, taken_at=at, custody={"method": "test"}, at=at)
        return Capture(archive=self.archive, snapshot=snapshot, now=self.clock)

    def capture(self, items, listed=None, then=lambda finished: None, confirm="any", ledger=None):
        """Capture what is given. ``listed`` maps folders to the names of folders in them; None lists all there are."""
        capture = self.begin()
        for item in items:
            capture.offer(item=item)
        for folder, names in (listed if listed is not None else everything(items)).items():
            capture.list_folder(listing=FolderListed(folder, tuple(names)))
        return self.finish(capture, then=then, confirm=confirm, ledger=ledger)

    def finish(self, capture, then=lambda finished: None, confirm="any", ledger=None):
        """End a capture as complete, confirming whatever vanished unless told otherwise."""
        asked = []
        if confirm == "any":
            from legalhold.catalog.capture.vanishing import look_for_vanished

            capture.flush()
            asked.append(look_for_vanished(capture=capture).digest)
        finished = complete_snapshot(
            capture=capture,
            ledger=ledger or {},
            confirm=asked[0] if asked else confirm,
            at=self.clock.now,
            then=then,
        )
        acknowledge(archive=self.archive, done="the snapshot is kept")
        return finished

    def interrupt(self, capture):
        """End a capture as partial."""
        return finish_partial(
            archive=self.archive,
            snapshot=capture.snapshot,
            ledger={},
            at=self.clock.now,
            now=self.clock,
            then=lambda finished: None,
        )

    def shows(self, sequence: int) -> dict[tuple[bytes, ...], bytes]:
        """What a snapshot shows: the bytes at each place, read out of the archive; a list where it shows several."""
        found: dict[tuple[bytes, ...], list[bytes]] = {}
        for version in listing(source_id=self.source.pk, sequence=sequence):
            place = (*(version.folder.split(b"/") if version.folder else ()), version.item_key)
            found.setdefault(place, []).append(self.read(version.content_digest))
        return {place: data[0] if len(data) == 1 else data for place, data in found.items()}

    def read(self, digest: bytes, **span) -> bytes:
        return b"".join(open_content(digest=digest, archive=self.archive, **span))


def everything(items) -> dict[tuple[bytes, ...], set[bytes]]:
    """Every folder that any item is in or below, each listed with the folders in it."""
    listed: dict[tuple[bytes, ...], set[bytes]] = {(): set()}
    for item in items:
        for depth in range(len(item.folder)):
            listed.setdefault(item.folder[:depth], set()).add(item.folder[depth])
            listed.setdefault(item.folder[: depth + 1], set())
    return listed


@pytest.fixture
def mailbox(db, archive, clock) -> Mailbox:
    return Mailbox(archive, clock)


@pytest.fixture
def item():
    return make_item
