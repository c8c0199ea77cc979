"""Freezes what a query or a hold reaches into a collection: from then on none of it can be destroyed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from legalhold.audit.services import record
from legalhold.catalog.models import Pin, Source
from legalhold.catalog.pins import PinSpec, freeze
from legalhold.database import rows, turns
from legalhold.formats import ItemKind
from legalhold.formats.exceptions import CONTAINER_REMAINDER
from legalhold.journal import services as journal
from legalhold.review.freezing import forget_unfinished, freeze_windows, owner_of, write_items
from legalhold.review.models import Collection
from legalhold.review.replay import describe_collection
from legalhold.review.rules import check_name, may_collect
from legalhold.review.scope import windows_of_hold, windows_of_matter
from legalhold.review.searching import found_by_source, read_query, still_there

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from legalhold.archive import Archive
    from legalhold.custodians.models import Custodian
    from legalhold.holds.models import Hold
    from legalhold.matters.access import Access
    from legalhold.matters.models import Matter
    from legalhold.review.scope import Window


TURN: Final = "collection"
"""One collection is frozen at a time: whoever finds one unfinished knows that its process is gone."""


class CollectionNameTaken(Exception):
    """The matter has a collection of that name, which is frozen for good."""


class NothingFound(Exception):
    """There is nothing to collect; no collection was made."""


@dataclass(frozen=True, slots=True)
class _Selection:
    """What to freeze: versions by source, the windows they were shown in, and how to say it."""

    description: str
    windows: Sequence[Window]
    versions: Mapping[int, Sequence[int]]


def collect(*, text: str, matter: Matter, name: str, archive: Archive, access: Access, at: datetime) -> Collection:
    """Freeze everything a query finds in a matter.

    Raises ``NothingFound``, ``CollectionNameTaken``, ``QueryUnreadable``, and ``NotYetDurable`` when it is frozen and only
    the journal couldn't be written.
    """
    may_collect(access=access, matter=matter)
    windows = windows_of_matter(matter=matter)
    query = read_query(text=text, windows=windows, zone=ZoneInfo(matter.zone))
    selection = _Selection(f"query: {text}", windows, found_by_source(query=query))
    return _freeze(selection, matter=matter, name=name, archive=archive, access=access, at=at)


def collect_hold(
    *, hold: Hold, name: str, archive: Archive, access: Access, at: datetime, custodian: Custodian | None = None
) -> Collection:
    """Freeze everything ever captured of a hold's custodians and sources, or of one custodian: every version of every item."""
    may_collect(access=access, matter=hold.matter)
    windows = [
        window for window in windows_of_hold(hold=hold) if custodian is None or window.custodian_id == custodian.pk
    ]
    selection = _Selection(describe_hold(hold, custodian), windows, _everything(windows))
    return _freeze(selection, matter=hold.matter, name=name, archive=archive, access=access, at=at)


def forget_interrupted(*, by: str, at: datetime) -> int:
    """Let go of every collection whose freezing was cut short, and return how many; while any is being frozen, of none."""
    with turns.attempt(name=TURN) as is_mine:
        return forget_unfinished(unfinished=Collection.objects.all(), by=by, at=at) if is_mine else 0


def describe_hold(hold: Hold, custodian: Custodian | None) -> str:
    """Return how a collection of a hold, or of one custodian on it, says what it holds."""
    return f"everything of hold {hold.name}" + (f", custodian {custodian.name}" if custodian is not None else "")


def _everything(windows: Sequence[Window]) -> dict[int, list[int]]:
    found: dict[int, set[int]] = {}
    for window in windows:
        seen = rows.fetch(
            "SELECT id FROM catalog_version WHERE source_id = %s AND first_seen <= %s AND last_seen >= %s"
            " AND condemned_at IS NULL AND (kind <> %s OR exceptions LIKE %s)",
            [window.source_id, window.last, window.first, int(ItemKind.CONTAINER), f"%{CONTAINER_REMAINDER}%"],
        )
        found.setdefault(window.source_id, set()).update(row[0] for row in seen)
    return {source: sorted(versions) for source, versions in found.items() if versions}


def _freeze(
    selection: _Selection, *, matter: Matter, name: str, archive: Archive, access: Access, at: datetime
) -> Collection:
    if not selection.versions:
        raise NothingFound(
            f"{selection.description}: nothing was found in matter {matter.name!r}; nothing was collected"
        )
    check_name(name=name)
    # load-bearing: beginning ends the pins of a collection cut short, and must not find one that another is freezing.
    with turns.alone(name=TURN):
        collection = _begin(selection, matter, name, access, at)
        for source, versions in sorted(selection.versions.items()):
            _freeze_source(collection, Source.objects.get(pk=source), versions, at)
        _complete(collection, access, at)
    journal.acknowledge(
        archive=archive, done=f"collection {collection.name!r} is frozen, items in it: {collection.items}"
    )
    return collection


def _begin(selection: _Selection, matter: Matter, name: str, access: Access, at: datetime) -> Collection:
    forget_unfinished(unfinished=Collection.objects.filter(matter=matter, name=name), by=access.actor, at=at)
    try:
        with transaction.atomic(durable=True):
            collection = Collection.objects.create(
                matter=matter, name=name, description=selection.description, frozen_at=at, frozen_by=access.actor
            )
            freeze_windows(collection=collection, windows=selection.windows)
    except IntegrityError as error:
        raise CollectionNameTaken(
            f"matter {matter.name!r} has a collection named {name!r} already; give this one another name"
        ) from error
    return collection


def _freeze_source(collection: Collection, source: Source, versions: Sequence[int], at: datetime) -> None:
    """Freeze one source's versions under a cover of that source alone: a wider one would rescue what it needn't."""
    cover = PinSpec(
        label=f"Collection {collection.name}", owner=owner_of(collection=collection), target=Pin.Target.SOURCE,
        reason="collected for a matter", matter=collection.matter, source=source,
    )  # fmt: skip
    # What was destroyed between the search and the cover is gone with its tombstone: it isn't collected.
    pin = freeze(cover=cover, versions=lambda: still_there(versions=versions), at=at)
    with transaction.atomic(durable=True):
        write_items(collection=collection, pin=pin)


def _complete(collection: Collection, access: Access, at: datetime) -> None:
    with transaction.atomic(durable=True):
        counted = rows.fetch(
            "SELECT COUNT(*), COALESCE(SUM(v.size_bytes), 0) FROM review_collectionitem i"
            " JOIN catalog_version v ON v.id = i.version_id WHERE i.collection_id = %s",
            [collection.pk],
        )[0]
        collection.items, collection.size_bytes = int(counted[0]), int(counted[1])
        collection.state = Collection.State.FROZEN
        collection.save(update_fields=["items", "size_bytes", "state"])
        payload = describe_collection(collection=collection)
        journal.append(verb="collection.frozen", payload=payload, at=at)
        record(
            verb="collection.frozen", by=access.actor, at=at, subject_kind="collection", subject_key=str(collection.key),
            matter_key=collection.matter.key, body={"name": collection.name, "items": collection.items,
            "size_bytes": collection.size_bytes, "description": collection.description},
        )  # fmt: skip
