"""Ingests of real files by the real service."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from legalhold.catalog.models import Source
from legalhold.catalog.reading import listing, open_content
from legalhold.formats import ItemKind
from legalhold.ingest.services import IngestRequest, ingest
from legalhold.matters.access import system_access

MODIFIED = 1_710_000_000


class Desk:
    """Who ingests, into what, and when."""

    def __init__(self, archive, clock, folder: Path) -> None:
        self.archive = archive
        self.clock = clock
        self.folder = folder
        self.access = system_access(actor="system:tester")
        folder.mkdir()

    def ingest(self, path=None, **said):
        """Ingest a path for Alice, a minute later; ``stop`` and ``progress`` go to the service."""
        self.clock.advance(timedelta(minutes=1))
        service = {name: said.pop(name) for name in ("stop", "progress", "access") if name in said}
        request = IngestRequest(
            **{"path": path or self.folder, "custodian": "alice@example.org", "create": True, **said}
        )
        return ingest(request=request, archive=self.archive, now=self.clock, **{"access": self.access, **service})

    def write(self, **files: str) -> None:
        """Make the folder hold exactly these files, all of one time."""
        for path in self.folder.iterdir():
            path.unlink()
        for name, text in files.items():
            (self.folder / name).write_text(text)
            os.utime(self.folder / name, (MODIFIED, MODIFIED))

    def shows(self, sequence: int) -> dict[str, bytes]:
        source = Source.objects.get()
        return {
            version.name.decode(): b"".join(open_content(digest=version.content_digest, archive=self.archive))
            for version in listing(source_id=source.pk, sequence=sequence)
            if version.kind is not ItemKind.CONTAINER
        }


@pytest.fixture
def desk(db, archive, clock, tmp_path) -> Desk:
    return Desk(archive, clock, tmp_path / "laptop")
