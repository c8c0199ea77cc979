"""The facts of a contact: its names and addresses (vCard 2.1, 3.0, 4.0)."""

from collections.abc import Iterable, Iterator

from legalhold.formats import exceptions
from legalhold.formats.card_values import card_charset, card_lines, card_text
from legalhold.formats.charsets import is_known_charset
from legalhold.formats.components import Property, read_components
from legalhold.formats.facts.item import ItemFacts, Recipient
from legalhold.formats.nesting import Component
from legalhold.formats.vcf import read_cards

_MAX_VALUES = 10_000
_NAMES = ("FN", "N", "NICKNAME", "ORG", "TITLE")


def contact_facts(data: bytes) -> ItemFacts:
    """Read a card's facts, with those of the card inside it (AGENT) or behind it, if it lacks its END. Never raises."""
    file = read_components(data)
    cards = [card_lines(file.own_text(card)) for card in _cards(file.roots)]
    names = dict.fromkeys(name for lines in cards for name in _names(lines))
    people = dict.fromkeys(person for lines in cards for person in _addresses(lines))
    marks = set(read_cards(data).exceptions)
    if max(len(names), len(people)) > _MAX_VALUES:
        marks.add(exceptions.TOO_LARGE)
    if not all(is_known_charset(name) for lines in cards for line in lines if (name := card_charset(line))):
        marks.add(exceptions.UNKNOWN_CHARSET)
    return ItemFacts(
        subject=next(iter(names), ""),
        names=tuple(names)[:_MAX_VALUES],
        recipients=tuple(people)[:_MAX_VALUES],
        message_id=next((card_text(line) for lines in cards for line in lines if line.name == "UID"), ""),
        exceptions=tuple(sorted(marks)),
    )


def _cards(components: Iterable[Component]) -> Iterator[Component]:
    for component in components:
        if component.name == "VCARD":
            yield component
        yield from _cards(component.children)


def _names(lines: list[Property]) -> list[str]:
    return [text for name in _NAMES for line in lines if line.name == name and (text := card_text(line))]


def _addresses(lines: list[Property]) -> list[Recipient]:
    name = next(iter(_names(lines)), "")
    return [Recipient("contact", name, text) for line in lines if line.name == "EMAIL" and (text := card_text(line))]
