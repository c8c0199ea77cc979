"""Contacts: the cards of a file as slices of its bytes (vCard 2.1, 3.0, 4.0, in ASCII supersets and UTF-16)."""

import re
from dataclasses import dataclass

from legalhold.formats import exceptions
from legalhold.formats.card_values import card_lines, card_text
from legalhold.formats.components import Component, ComponentFile, Property, read_components
from legalhold.formats.headers import cut_name

_BEGIN = re.compile(rb"(?:\xef\xbb\xbf)?\s*BEGIN[ \t]*:[ \t]*VCARD\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Card:
    """One card: the range of its bytes in the file, what it calls itself, and a name to show."""

    start: int
    end: int
    uid: bytes
    name: bytes


@dataclass(frozen=True, slots=True)
class CardFile:
    """The cards of a file in file order; `is_single` says that there is nothing to take apart."""

    cards: tuple[Card, ...]
    is_single: bool
    has_remainder: bool
    exceptions: tuple[str, ...]


def looks_like_cards(head: bytes) -> bool:
    """Tell whether this begins with a VCARD, in ASCII or UTF-16."""
    return any(_BEGIN.match(text) for text in (head, head[2:].replace(b"\0", b""), head.replace(b"\0", b"")))


def read_cards(data: bytes) -> CardFile:
    """Find the cards of a file. Never raises; a card in a card (AGENT) belongs to the outer one."""
    file = read_components(data)
    whole = [root for root in file.roots if root.name == "VCARD" and root.is_closed]
    has_remainder = _has_stray_bytes(file, whole)
    return CardFile(
        cards=tuple(_card(file, root) for root in whole),
        is_single=len(whole) + has_remainder <= 1 or not whole,
        has_remainder=has_remainder,
        exceptions=tuple(sorted(_marks(file))),
    )


def _card(file: ComponentFile, root: Component) -> Card:
    values: dict[str, Property] = {}
    for line in card_lines(file.own_text(root)):
        values.setdefault(line.name, line)
    names = (card_text(values[name]) for name in ("FN", "N", "ORG") if name in values)
    uid = values["UID"].value.strip() if "UID" in values else b""
    return Card(root.start, root.end, uid, cut_name(next(filter(None, names), "")) or b"contact")


def _marks(file: ComponentFile) -> set[str]:
    marks: set[str] = set()
    if not file.data:
        marks.add(exceptions.ZERO_BYTE)
    elif not any(root.name == "VCARD" for root in file.roots):
        marks.add(exceptions.PARSE_ERROR)
    if any(not root.is_closed for root in file.roots):
        marks.add(exceptions.TRUNCATED)
    if file.is_too_large:
        marks.add(exceptions.TOO_LARGE)
    if file.is_too_deep:
        marks.add(exceptions.TOO_DEEP)
    return marks


def _has_stray_bytes(file: ComponentFile, cards: list[Component]) -> bool:
    at = file.lead_bytes
    for card in cards:
        if file.data[at : card.start].strip(b" \t\r\n\x00\x1a"):
            return True
        at = card.end
    return bool(file.data[at:].strip(b" \t\r\n\x00\x1a"))
