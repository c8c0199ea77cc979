"""What an export needs to know of each collected item, in an order that depends on what is shown and not on ids."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from legalhold.catalog.models import Folder, ItemFacts, Snapshot, Source, Version
from legalhold.catalog.models.packs import Content
from legalhold.custodians.models import Custodian
from legalhold.database import rows
from legalhold.formats import ItemKind
from legalhold.review.freezing import windows_of_collection
from legalhold.review.texts import split_codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from legalhold.review.models import Collection
    from legalhold.review.scope import Window

ITEMS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Said:
    """What an item says of itself; empty where it says nothing or nobody could read it."""

    subject: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    message_id: str = ""
    sent_at: datetime | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A snapshot in which an item was seen: its number and its time."""

    sequence: int
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Gathered:
    """A collected version with all that names it. ``custodians`` are those whose source it was when it was seen."""

    version_id: int
    source_id: int
    source: str
    custodians: tuple[str, ...]
    folder: bytes
    item_key: bytes
    name: bytes
    kind: ItemKind
    content_digest: bytes
    size_bytes: int
    crc32: int
    item_from: datetime | None
    item_to: datetime | None
    first: Seen
    last: Seen
    exceptions: tuple[str, ...]
    said: Said

    @property
    def dated_at(self) -> datetime | None:
        """The date an item is shown by: sent, start, or its own newest."""
        return self.said.sent_at or self.said.start_at or self.item_to or self.item_from

    @property
    def order(self) -> tuple[object, ...]:
        """What control numbers follow: whose, where, what, when; ids play no part."""
        return (
            self.custodians[:1], self.source, self.folder, int(self.kind), self.first.taken_at, self.name, self.item_key,
            self.first.sequence, self.content_digest,
        )  # fmt: skip


def gather(*, collection: Collection, is_first_clamped: bool = True) -> list[Gathered]:
    """Return the items of a collection in the order of their control numbers.

    First and last are told within what the collection was frozen with: whose it was before is nobody's business here.
    """
    context = _Context(collection, is_first_clamped=is_first_clamped)
    found = [item for versions in _in_pieces(_versions(collection)) for item in context.items(versions)]
    return sorted(found, key=lambda item: item.order)


def label_of(*, custodian: Custodian) -> str:
    """Return how a custodian is named in an export: with the employee id, or else the first address."""
    known = custodian.employee_id or min((row.address for row in custodian.addresses.all()), default="")
    return f"{custodian.name} ({known})" if known else custodian.name


class _Context:
    """What is the same for many items: sources with unique labels, custodians, windows and snapshots."""

    def __init__(self, collection: Collection, *, is_first_clamped: bool) -> None:
        self.is_first_clamped = is_first_clamped
        windows = windows_of_collection(collection=collection)
        self.windows: dict[int, list[Window]] = defaultdict(list)
        for window in windows:
            self.windows[window.source_id].append(window)
        people = Custodian.objects.filter(pk__in={window.custodian_id for window in windows}).prefetch_related(
            "addresses"
        )
        self.people = {person.pk: label_of(custodian=person) for person in people}
        self.sources = _source_labels(Source.objects.filter(pk__in=self.windows))
        self.snapshots = {
            (row.source_id, row.sequence): row.taken_at for row in Snapshot.objects.filter(source__in=self.windows)
        }

    def items(self, versions: Sequence[int]) -> Iterator[Gathered]:
        """Yield the items of these versions."""
        present = list(Version.objects.filter(pk__in=versions))
        folders = Folder.objects.in_bulk({version.folder_id for version in present})
        contents = Content.objects.in_bulk({version.content_id for version in present})
        facts = ItemFacts.objects.in_bulk({version.content_id for version in present})
        for version in present:
            yield self._item(
                version, folders[version.folder_id], contents[version.content_id], facts.get(version.content_id)
            )

    def _item(self, version: Version, folder: Folder, content: Content, facts: ItemFacts | None) -> Gathered:
        seen_in = [
            window
            for window in self.windows[version.source_id]
            if version.first_seen <= window.last and version.last_seen >= window.first
        ]
        first = max(version.first_seen, min(window.first for window in seen_in) if self.is_first_clamped else 0)
        codes = {*split_codes(version.exceptions), *split_codes(facts.exceptions if facts else "")}
        return Gathered(
            version_id=version.pk,
            source_id=version.source_id,
            source=self.sources[version.source_id],
            custodians=tuple(sorted({self.people[one.custodian_id] for one in seen_in if one.custodian_id})),
            folder=bytes(folder.path),
            item_key=bytes(version.item_key),
            name=bytes(version.name),
            kind=ItemKind(version.kind),
            content_digest=bytes(content.content_digest),
            size_bytes=content.size_bytes,
            crc32=content.crc32,
            item_from=version.item_from,
            item_to=version.item_to,
            first=self._seen(version.source_id, first),
            last=self._seen(version.source_id, min(version.last_seen, max(window.last for window in seen_in))),
            exceptions=tuple(sorted(codes)),
            said=_said(facts),
        )

    def _seen(self, source_id: int, sequence: int) -> Seen:
        return Seen(sequence, self.snapshots[source_id, sequence])


def _versions(collection: Collection) -> list[int]:
    select = "SELECT version_id FROM review_collectionitem WHERE collection_id = %s ORDER BY version_id"
    return [row[0] for row in rows.fetch(select, [collection.pk])]


def _in_pieces(versions: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(versions), ITEMS_AT_ONCE):
        yield versions[start : start + ITEMS_AT_ONCE]


def _source_labels(sources: Iterable[Source]) -> dict[int, str]:
    """Return the sources' names; where several share one, they are numbered by when they were first known."""
    labels: dict[int, str] = {}
    uses: dict[str, int] = defaultdict(int)
    for source in sorted(sources, key=lambda source: (source.name, source.created_at, str(source.key))):
        uses[source.name] += 1
        labels[source.pk] = source.name if uses[source.name] == 1 else f"{source.name} ({uses[source.name]})"
    return labels


def _said(facts: ItemFacts | None) -> Said:
    if facts is None:
        return Said()
    people = [(role, f"{name} <{address}>" if name else address) for role, name, address in facts.recipients]
    return Said(
        subject=facts.subject,
        sender=facts.sender,
        to=tuple(text for role, text in people if role in {"to", "attendee"}),
        cc=tuple(text for role, text in people if role == "cc"),
        message_id=facts.message_id,
        sent_at=facts.sent_at,
        start_at=facts.start_at,
        end_at=facts.end_at,
        attachments=tuple(name for name, _, _ in facts.attachments),
    )
