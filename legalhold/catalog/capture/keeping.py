"""Keeps contents that are no item's: what a room above writes into the archive, so that a rebuild gives it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from legalhold.archive import PartKind
from legalhold.archive.errors import ArchiveError
from legalhold.catalog.capture.committing import ContentRow, keep_contents
from legalhold.catalog.capture.packing import PackFiller
from legalhold.catalog.capture.restoring import NothingStored, stored_summary
from legalhold.catalog.capture.storing import store_and_commit
from legalhold.catalog.capture.streaming import StreamedContent
from legalhold.catalog.models import KeptContent
from legalhold.journal import services as journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from typing import Any

    from legalhold.archive import Archive
    from legalhold.catalog.capture.committing import KeptContents

T = TypeVar("T")


def keep_content(
    *,
    owner: str,
    parts: Callable[[], Iterator[bytes]],
    archive: Archive,
    at: datetime,
    now: Callable[[], datetime],
    then: Callable[[bytes], T],
) -> T:
    """Store the bytes of ``parts`` (asked for again if a sweep was faster) as a content that stays for ``owner``.

    ``then`` gets its digest in the same transaction; what it returns is returned. Raises CaptureContended, ContentChanged.
    """
    filler = PackFiller(archive=archive, owner=uuid4(), now=now)
    content = StreamedContent(parts=parts, kind=PartKind.DATA, filler=filler)
    digest = content.summary.digest

    def committed(kept: KeptContents) -> T:
        KeptContent.objects.create(content_id=kept.ids[digest], owner=owner, kept_at=at)
        journal.append(verb="content.kept", payload={"content": digest.hex(), "owner": owner}, at=at)
        return then(digest)

    return store_and_commit(contents=[content.row()], fill=content.fill, filler=filler, then=committed)


def restore_kept(*, archive: Archive, payload: Mapping[str, Any], at: datetime) -> set[bytes]:
    """Make a kept content's rows again, after ``restore_packs``; returns its digest if the packs don't give it."""
    digest = bytes.fromhex(payload["content"])
    try:
        summary = stored_summary(archive=archive, kind=PartKind.DATA, digest=digest)
    except ArchiveError:
        return {digest}
    if summary is None:
        return {digest}
    kept = keep_contents(contents=[ContentRow(summary, PartKind.DATA)], filler=NothingStored())
    KeptContent.objects.create(content_id=kept.ids[digest], owner=payload["owner"], kept_at=at)
    return set()
