"""Brings contents into archive and catalog: what is missing goes into packs, then one commit tells of all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db import transaction

from legalhold.archive.failpoints import hit, register
from legalhold.catalog.capture.committing import (
    KeptContents,
    PacksGivenUp,
    PartsGone,
    keep_contents,
    lock_commits,
)
from legalhold.catalog.capture.committing import by_digest as rows_by_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from legalhold.archive import NewPart
    from legalhold.catalog.capture.committing import ContentRow
    from legalhold.catalog.capture.packing import PackFiller, PartKey

register("capture.looked_up", "capture.before_commit", "capture.after_commit")

TRIES = 10
"""Each try is lost only to a sweep or a condemned pack in between; ten in a row are no race but a fault."""

T = TypeVar("T")


class CaptureContended(Exception):
    """What a commit needed was swept again and again before it; run the ingest again."""


def store_and_commit(
    *,
    contents: Sequence[ContentRow],
    fill: Callable[[], None],
    filler: PackFiller,
    then: Callable[[KeptContents], T],
) -> T:
    """Store what is missing by ``fill``, then keep ``contents`` and run ``then`` in one transaction; give what it gives.

    What was swept or given up since it was looked up is stored again. Raises CaptureContended.
    """
    for _ in range(TRIES):
        fill()
        filler.close()
        hit("capture.before_commit")
        try:
            with transaction.atomic():
                lock_commits()
                done = then(keep_contents(contents=contents, filler=filler))
        except PartsGone:
            continue
        except PacksGivenUp:
            filler.forget()
            continue
        hit("capture.after_commit")
        return done
    raise CaptureContended(f"{TRIES} commits in a row lost what they relied on to a running compaction; run it again")


def unknown_digests(*, digests: Iterable[bytes]) -> set[bytes]:
    """Return which contents the catalog doesn't have. What it tells may be out of date at once: the commit looks again."""
    wanted = set(digests)
    known = rows_by_digest("SELECT content_digest FROM catalog_content WHERE content_digest", sorted(wanted))
    return wanted - {bytes(digest) for (digest,) in known}


def store_missing(*, parts: Iterable[NewPart], filler: PackFiller) -> None:
    """Store those parts that neither the catalog nor this commit's packs have."""
    by_key: dict[PartKey, NewPart] = {}
    for part in parts:
        by_key.setdefault((int(part.kind), part.digest), part)
    digests = sorted({digest for _, digest in by_key})
    found = rows_by_digest("SELECT kind, part_digest FROM catalog_part WHERE part_digest", digests)
    known = {(int(kind), bytes(digest)) for kind, digest in found} | filler.given
    hit("capture.looked_up")
    filler.store([part for key, part in by_key.items() if key not in known])
