"""Contacts in .vcf files: a file of one card is that contact; of several, each is an item and the file a container."""

import hashlib
import io
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from legalhold.connectors.containers import CONTAINER_KEY, MAX_READ_BYTES, ContainerSpan, Occurrences
from legalhold.connectors.files import as_unparsed
from legalhold.connectors.ics import object_key
from legalhold.connectors.items import Finding, FolderListed, ItemNotReadable, RawItem
from legalhold.connectors.reading import open_stamped, opener
from legalhold.connectors.tree import FoundFile
from legalhold.formats import ItemKind, exceptions
from legalhold.formats.vcf import Card, CardFile, looks_like_cards, read_cards

EXTENSIONS = (b".vcf", b".vcard")
_SNIFFED_BYTES = 4096


def read_card_file(found: FoundFile) -> Iterator[Finding]:
    """Give a file's cards."""
    if found.stamp.size_bytes > MAX_READ_BYTES:
        yield as_unparsed(found, mark=exceptions.TOO_LARGE)
        yield found.opened("single")
        return
    try:
        with open_stamped(found.path, found.stamp) as stream:
            data = stream.read(MAX_READ_BYTES)
    except ItemNotReadable as problem:
        yield from found.not_captured(reason=problem.reason, detail=problem.detail)
        return
    cards = read_cards(data)
    if not cards.is_single:
        yield from _container(found, data, cards)
        return
    is_card = found.name.lower().endswith(EXTENSIONS) or looks_like_cards(data[:_SNIFFED_BYTES])
    yield _single(found, data, cards) if is_card else as_unparsed(found)
    yield found.opened("single")


def _key(data: bytes, card: Card) -> bytes:
    """Give the item key of a card in a container: its UID, or the SHA-256 of its bytes where it has none."""
    if card.uid:
        return object_key(card.uid)
    return b"sha256:" + hashlib.sha256(data[card.start : card.end]).hexdigest().encode()


def _single(found: FoundFile, data: bytes, cards: CardFile) -> RawItem:
    key = found.key
    if found.is_source:  # stays when the file gets a second card
        key = _key(data, cards.cards[0]) if cards.cards else CONTAINER_KEY
    return RawItem(
        folder=found.folder,
        key=key,
        name=found.name,
        kind=ItemKind.CONTACT,
        item_from=None,
        item_to=None,
        size_bytes=found.stamp.size_bytes,
        open=opener(found.path, found.stamp),
        exceptions=cards.exceptions,
    )


def _container(found: FoundFile, data: bytes, cards: CardFile) -> Iterator[Finding]:
    occurrences = Occurrences()
    span = ContainerSpan()
    cuts: list[int] = []
    for card in cards.cards:
        item = _slice(found, data, card, occurrences.unique(_key(data, card)))
        span.add(item)
        cuts += (card.start, card.end)
        yield item
    remainder = {exceptions.CONTAINER_REMAINDER} if cards.has_remainder else set()
    yield span.item(found, cuts=cuts, marks=tuple(sorted(remainder.union(cards.exceptions))))
    yield FolderListed(found.inner_folder)
    yield found.opened("container")


def _slice(found: FoundFile, data: bytes, card: Card, key: bytes) -> RawItem:
    return RawItem(
        folder=found.inner_folder,
        key=key,
        name=card.name,
        kind=ItemKind.CONTACT,
        item_from=None,
        item_to=None,
        size_bytes=card.end - card.start,
        open=partial(_open_card, card, data),
    )


def _open_card(card: Card, data: bytes) -> BinaryIO:
    return io.BytesIO(data[card.start : card.end])
