"""A source captured by the real services into a real archive, to be read back."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.db import connection

from legalhold.catalog import triggers
from legalhold.catalog.capture import Capture, begin_snapshot, complete_snapshot
from legalhold.catalog.capture.vanishing import look_for_vanished
from legalhold.catalog.models import Source
from legalhold.catalog.reading import open_content
from legalhold.connectors import FolderListed, RawItem
from legalhold.formats import ItemKind


class Mailbox:
    """One source, and the clock and archive its captures use."""

    def __init__(self, archive, clock) -> None:
        self.archive = archive
        self.clock = clock
        self.source = Source.objects.create(kind="mailbox", name="Mailbox", created_at=clock.now)

    def capture(self, items) -> None:
        """Take the next snapshot: all folders of ``items`` are listed, and whatever vanished is confirmed."""
        at = self.clock.advance(timedelta(minutes=1))
        snapshot = begin_snapshot(source=self.source, taken_at=at, custody={}, at=at)
        capture = Capture(archive=self.archive, snapshot=snapshot, now=self.clock)
        for each in items:
            capture.offer(item=each)
            capture.list_folder(listing=FolderListed(each.folder))
        capture.flush()
        digest = look_for_vanished(capture=capture).digest
        complete_snapshot(capture=capture, ledger={}, confirm=digest, at=at, then=lambda finished: None)

    def read(self, digest: bytes, **span) -> bytes:
        return b"".join(open_content(digest=digest, archive=self.archive, **span))


@pytest.fixture
def mailbox(db, archive, clock) -> Mailbox:
    return Mailbox(archive, clock)


@pytest.fixture
def item():
    def make(place, data, **columns) -> RawItem:
        fields = {
            "folder": place[:-1], "key": place[-1], "name": place[-1], "kind": ItemKind.FILE, "item_from": None,
            "item_to": None, "size_bytes": len(data), "open": lambda: io.BytesIO(data),
        }  # fmt: skip
        return RawItem(**{**fields, **columns})

    return make


@pytest.fixture
def damage(db):
    """Run a statement past the triggers, to make a damage that no service makes."""

    def run(sql: str, params) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL session_replication_role = replica")
            else:
                cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                for (name,) in cursor.fetchall():
                    cursor.execute(f'DROP TRIGGER "{name}"')
            cursor.execute(sql, params)
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL session_replication_role = origin")
        triggers.install(connection=connection)

    return run
