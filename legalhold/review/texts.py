"""Index rows from what the catalog knows of a version. Knows no SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legalhold.formats import ItemKind
from legalhold.formats.exceptions import CONTAINER_REMAINDER
from legalhold.review.grammar import split_words
from legalhold.review.models import IndexRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from legalhold.catalog.models import ItemFacts, Version

LASTING = (ItemKind.EVENT, ItemKind.TASK)
FILED = (ItemKind.FILE, ItemKind.UNKNOWN, ItemKind.CONTAINER)


def is_item(*, kind: int, exceptions: str) -> bool:
    """Whether a version is an item that is found and exported: a container is one only where its items lack some bytes."""
    return kind != ItemKind.CONTAINER or CONTAINER_REMAINDER in split_codes(exceptions)


def split_codes(exceptions: str) -> list[str]:
    """Return the codes in a column of exceptions."""
    return exceptions.replace(",", " ").split()


def index_row(*, version: Version, facts: ItemFacts | None) -> IndexRow:
    """Return what a version is found by."""
    first, last = _dates(version, facts)
    name = as_words([bytes(version.name).decode("utf-8", "replace")])
    row = IndexRow(
        version_id=version.pk,
        source_id=version.source_id,
        kind=version.kind,
        sent_at=facts.sent_at if facts else None,
        dated_from=first,
        dated_to=last,
        name=name,
        filename=name if version.kind in FILED else "",
    )
    if facts is not None:
        _add_facts(row, facts)
    others = as_words(facts.names) if facts else ""
    row.words = row.subject + row.participants + name + row.filename + others
    return row


def as_words(values: Iterable[str]) -> str:
    """Return the words of some values, so that words side by side are found only inside one value."""
    return "".join(f" {' '.join(words)} " for value in values if (words := split_words(value)))


def _add_facts(row: IndexRow, facts: ItemFacts) -> None:
    people = [(role, f"{name} {address}") for role, name, address in facts.recipients]
    row.subject = as_words([facts.subject])
    row.sender = as_words([facts.sender, *(text for role, text in people if role == "sender")])
    row.addressees = as_words(text for role, text in people if role in {"to", "attendee"})
    row.copied = as_words(text for role, text in people if role == "cc")
    row.participants = as_words([facts.sender, *(text for _, text in people)])
    row.filename += as_words(name for name, _, _ in facts.attachments)
    row.has_attachment = bool(facts.attachments)


def _dates(version: Version, facts: ItemFacts | None) -> tuple[datetime | None, datetime | None]:
    """Return from when to when an item is dated: as it says itself, else by all the dates it could be judged by."""
    if facts is not None and facts.sent_at is not None:
        return facts.sent_at, facts.sent_at
    if facts is None or facts.start_at is None or version.kind not in LASTING:
        return version.item_from, version.item_to
    if version.item_to is None:  # it recurs without an end that could be read
        return facts.start_at, None
    return facts.start_at, max(facts.start_at, facts.end_at or facts.start_at, version.item_to)
