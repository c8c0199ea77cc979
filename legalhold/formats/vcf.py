"""Contacts: the cards of a file as slices of its bytes (vCard 2.1, 3.0, 4.0, in ASCII supersets and UTF-16)."""

from dataclasses import dataclass

from legalhold.formats.card_values import card_lines, card_text
from legalhold.formats.components import ComponentFile, Property, begins_with, first_value, read_components
from legalhold.formats.headers import cut_name
from legalhold.formats.nesting import Component


@dataclass(frozen=True, slots=True)
class Card:
    """One card: the range of its bytes in the file, what it calls itself, and a name to show."""

    start: int
    end: int
    uid: bytes
    name: bytes


@dataclass(frozen=True, slots=True)
class CardFile:
    """The cards of a file in file order; `is_single` says that there is nothing to take apart.

    `loose` are the ranges of the cards that lack their END.
    """

    cards: tuple[Card, ...]
    loose: tuple[tuple[int, int], ...]
    is_single: bool
    has_remainder: bool
    exceptions: tuple[str, ...]


def looks_like_cards(head: bytes) -> bool:
    """Tell whether this begins with a VCARD, in ASCII or UTF-16."""
    return begins_with(head, "VCARD")


def read_cards(data: bytes) -> CardFile:
    """Find the cards of a file. Never raises; a card in a card (AGENT) belongs to the outer one."""
    file = read_components(data)
    whole = [root for root in file.roots if root.name == "VCARD" and root.is_closed]
    has_remainder = file.has_stray_bytes(whole)
    return CardFile(
        cards=tuple(_card(file, root) for root in whole),
        loose=tuple((root.start, root.end) for root in file.roots if root.name == "VCARD" and not root.is_closed),
        is_single=len(whole) + has_remainder <= 1 or not whole,
        has_remainder=has_remainder,
        exceptions=tuple(sorted(file.marks("VCARD"))),
    )


def _card(file: ComponentFile, root: Component) -> Card:
    values: dict[str, Property] = {}
    lines = card_lines(file.own_text(root))
    for line in lines:
        values.setdefault(line.name, line)
    names = (card_text(values[name]) for name in ("FN", "N", "ORG") if name in values)
    return Card(root.start, root.end, first_value(lines, "UID"), cut_name(next(filter(None, names), "")) or b"contact")
