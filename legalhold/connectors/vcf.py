"""Contacts in .vcf files."""

from collections.abc import Iterator

from legalhold.connectors.items import Finding
from legalhold.connectors.objects import FoundObject, ObjectFile, object_key, read_objects
from legalhold.connectors.tree import FoundFile
from legalhold.formats import ItemKind
from legalhold.formats.coverage import OPEN
from legalhold.formats.vcf import Card, looks_like_cards, read_cards

EXTENSIONS = (b".vcf", b".vcard")
_SNIFFED_BYTES = 4096


def read_card_file(found: FoundFile) -> Iterator[Finding]:
    """Give a file's cards."""
    return read_objects(found, parse=_parse)


def _parse(name: bytes, data: bytes) -> ObjectFile:
    cards = read_cards(data)
    return ObjectFile(
        objects=tuple(_object(data, card) for card in cards.cards),
        kind=ItemKind.CONTACT,
        coverage=OPEN,
        is_known=name.lower().endswith(EXTENSIONS) or looks_like_cards(data[:_SNIFFED_BYTES]),
        is_single=cards.is_single,
        has_remainder=cards.has_remainder,
        exceptions=cards.exceptions,
    )


def _object(data: bytes, card: Card) -> FoundObject:
    key = object_key(uid=card.uid, data=data[card.start : card.end])
    return FoundObject(key, card.name, ItemKind.CONTACT, OPEN, ((card.start, card.end),))
