"""Items gathered until a batch is full, then stored and committed together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.catalog.capture.committing import ContentRow
from legalhold.catalog.capture.contents import BATCH_BYTES
from legalhold.catalog.capture.sources import require_active
from legalhold.catalog.capture.storing import store_and_commit, store_missing, unknown_digests
from legalhold.catalog.capture.versions import NewVersion, insert_versions
from legalhold.catalog.facts import KINDS_WITH_FACTS, TELLING_KINDS, digests_with_facts, facts_row, insert_facts

if TYPE_CHECKING:
    from legalhold.catalog.capture.committing import KeptContents
    from legalhold.catalog.capture.contents import NewContent
    from legalhold.catalog.capture.packing import PackFiller
    from legalhold.catalog.capture.snapshots import OpenSnapshot
    from legalhold.catalog.facts.filling import FactsRow
    from legalhold.connectors import RawItem
    from legalhold.formats import ItemKind
    from legalhold.formats.eml import MailScan

BATCH_ITEMS = 2_000
"""Enough that a commit's cost is shared by many; few enough that a crash repeats little."""


class Batch:
    """Items with their bytes in memory; ``commit`` may be called once."""

    def __init__(self, *, snapshot: OpenSnapshot) -> None:
        self.versions: list[NewVersion] = []
        self._snapshot = snapshot
        self._contents: dict[bytes, NewContent] = {}
        self._kinds: dict[bytes, ItemKind] = {}
        self._scans: dict[bytes, MailScan | None] = {}
        self._facts: dict[bytes, FactsRow | None] = {}
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether it should be committed before more is added."""
        return self._bytes >= BATCH_BYTES or len(self.versions) >= BATCH_ITEMS

    def add(self, *, item: RawItem, content: NewContent) -> None:
        """Take an item whose content isn't what the source showed last."""
        self.versions.append(NewVersion(item, content.summary))
        digest = content.summary.digest
        if digest not in self._contents:
            self._contents[digest] = content
            self._bytes += content.summary.size_bytes
        known = self._kinds.get(digest)
        if known is None or (known not in KINDS_WITH_FACTS and item.kind in TELLING_KINDS):
            self._kinds[digest], self._scans[digest] = item.kind, item.scan

    def commit(self, *, filler: PackFiller, folders: dict[bytes, int]) -> frozenset[bytes]:
        """Store and commit; returns the digests of the contents that are new. Raises SourceNotActive, CaptureContended."""

        def fill() -> None:
            unknown = [self._contents[digest] for digest in sorted(unknown_digests(digests=self._contents))]
            for digest in self._telling():
                self._facts_of(digest)
            store_missing(parts=[part for content in unknown for part in content.new_parts()], filler=filler)

        def then(kept: KeptContents) -> frozenset[bytes]:
            require_active(source_id=self._snapshot.source_id)
            facts = ((kept.ids[digest], self._facts_of(digest)) for digest in sorted(kept.new | self._facts.keys()))
            insert_facts(facts=[(content_id, values) for content_id, values in facts if values is not None])
            insert_versions(snapshot=self._snapshot, versions=self.versions, contents=kept.ids, known=folders)
            return kept.new

        rows = [ContentRow(content.summary, content.kind) for content in self._contents.values()]
        return store_and_commit(contents=rows, fill=fill, filler=filler, then=then)

    def _telling(self) -> list[bytes]:
        """Return the contents whose facts aren't known yet: a message that was captured as a file tells more now."""
        telling = sorted(digest for digest, kind in self._kinds.items() if kind in TELLING_KINDS)
        return sorted(set(telling) - digests_with_facts(digests=telling))

    def _facts_of(self, digest: bytes) -> FactsRow | None:
        if digest not in self._facts:
            data = b"".join(self._contents[digest].parts)
            self._facts[digest] = facts_row(kind=self._kinds[digest], data=data, scan=self._scans[digest])
        return self._facts[digest]
