"""Searching everything that is preserved, whoever's it is: allowed to few, and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from legalhold.audit.services import record
from legalhold.review.queries import HITS_PER_PAGE, SearchResult, hits_of
from legalhold.review.rules import may_search
from legalhold.review.searching import count, page, read_query

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from legalhold.matters.access import Access


def search_everything(
    *, text: str, access: Access, zone: tzinfo, at: datetime, limit: int = HITS_PER_PAGE, offset: int = 0
) -> SearchResult:
    """Search all preserved data and record who did. Raises ``NotAllowed``, ``QueryUnreadable``."""
    may_search(access=access, matter=None)
    query = read_query(text=text, windows=None, zone=zone)
    found = count(query=query)
    hits = hits_of(versions=page(query=query, limit=limit, offset=offset))
    with transaction.atomic(durable=True):
        record(
            verb="unheld.searched", by=access.actor, at=at, subject_kind="installation", subject_key="",
            body={"query": text, "items": found.items, "shown": len(hits)},
        )  # fmt: skip
    return SearchResult(found=found, hits=hits)
