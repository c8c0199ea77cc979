"""Reading the index and collections, within what an access may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from legalhold.accounts.roles import Permission
from legalhold.catalog.models import LIVE, Folder, ItemFacts, Source, Version
from legalhold.formats import ItemKind
from legalhold.matters.access import require
from legalhold.matters.queries import visible_matters
from legalhold.review.models import Collection
from legalhold.review.naming import owners_of
from legalhold.review.rules import may_search
from legalhold.review.scope import windows_of_matter
from legalhold.review.searching import Found, count, page, read_query
from legalhold.review.texts import split_codes

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter

HITS_PER_PAGE = 100


class CollectionUnknown(Exception):
    """No collection that this person may see has that key or name."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One version found, as a list shows it."""

    version_id: int
    kind: ItemKind
    source: str
    custodians: tuple[str, ...]
    folder: str
    name: str
    subject: str
    sender: str
    sent_at: datetime | None
    start_at: datetime | None
    size_bytes: int
    first_seen: int
    is_live: bool
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of what a query finds, and what of the scope it says nothing about."""

    found: Found
    hits: tuple[Hit, ...]


def search_matter(
    *, text: str, matter: Matter, access: Access, limit: int = HITS_PER_PAGE, offset: int = 0
) -> SearchResult:
    """Search what a matter may be shown; days are of the matter's zone. Raises ``QueryUnreadable``, ``NotAllowed``."""
    may_search(access=access, matter=matter)
    query = read_query(text=text, windows=windows_of_matter(matter=matter), zone=ZoneInfo(matter.zone))
    return SearchResult(found=count(query=query), hits=hits_of(versions=page(query=query, limit=limit, offset=offset)))


def hits_of(*, versions: list[int]) -> tuple[Hit, ...]:
    """Return versions as lists show them, in the order given."""
    present = Version.objects.in_bulk(versions)
    sources = Source.objects.in_bulk({version.source_id for version in present.values()})
    folders = Folder.objects.in_bulk({version.folder_id for version in present.values()})
    facts = ItemFacts.objects.in_bulk({version.content_id for version in present.values()})
    owners = owners_of(sources=sources)
    return tuple(
        _hit(version, sources, folders, facts.get(version.content_id), owners)
        for version in (present[pk] for pk in versions if pk in present)
    )


def visible_collections(*, access: Access, matter: Matter | None = None) -> QuerySet[Collection]:
    """Return the collections of the matters that ``access`` reaches, newest first."""
    require(access=access, permission=Permission.READ_MATTERS, matter=matter)
    collections = Collection.objects.filter(matter__in=visible_matters(access=access)).select_related("matter")
    return (collections.filter(matter=matter) if matter is not None else collections).order_by("-pk")


def find_collection(*, text: str, access: Access, matter: Matter | None = None) -> Collection:
    """Return the collection with that key or name. Raises ``CollectionUnknown``, for one of a foreign matter too."""
    try:
        by = Q(key=UUID(text))
    except ValueError:
        by = Q(name=text)
    found = list(visible_collections(access=access, matter=matter).filter(by).order_by("matter__name"))
    if len(found) == 1:
        return found[0]
    if not found:
        raise CollectionUnknown(
            f"no collection has the key or name {text!r}; `collection list` shows yours with their keys"
        )
    known = "; ".join(f"{one.matter.name}: {one.key}" for one in found)
    raise CollectionUnknown(f"{len(found)} matters have a collection named {text!r}; give the key of one: {known}")


def _hit(
    version: Version,
    sources: dict[int, Source],
    folders: dict[int, Folder],
    facts: ItemFacts | None,
    owners: dict[int, list[str]],
) -> Hit:
    folder = folders.get(version.folder_id)
    return Hit(
        version_id=version.pk,
        kind=ItemKind(version.kind),
        source=sources[version.source_id].name,
        custodians=tuple(owners.get(version.source_id, ())),
        folder=folder.display if folder else "",
        name=bytes(version.name).decode("utf-8", "replace"),
        subject=facts.subject if facts else "",
        sender=facts.sender if facts else "",
        sent_at=facts.sent_at if facts else None,
        start_at=facts.start_at if facts else None,
        size_bytes=version.size_bytes,
        first_seen=version.first_seen,
        is_live=version.last_seen == LIVE,
        exceptions=tuple(split_codes(version.exceptions)),
    )
