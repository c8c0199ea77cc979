"""The facts of a contact: its names and addresses (vCard 2.1, 3.0, 4.0)."""

from legalhold.formats.card_values import card_lines, card_text
from legalhold.formats.components import read_components
from legalhold.formats.facts.item import ItemFacts, Recipient
from legalhold.formats.vcf import read_cards

_MAX_VALUES = 1000
_NAMES = ("FN", "N", "NICKNAME", "ORG", "TITLE")


def contact_facts(data: bytes) -> ItemFacts:
    """Read a card's facts. Never raises."""
    file = read_components(data)
    cards = [root for root in file.roots if root.name == "VCARD"]
    unfolded = file.own_text(cards[0]) if cards else b""
    lines = card_lines(unfolded)
    names = [text for name in _NAMES for line in lines if line.name == name if (text := card_text(line))]
    emails = [text for line in lines if line.name == "EMAIL" if (text := card_text(line))]
    subject = names[0] if names else ""
    return ItemFacts(
        subject=subject,
        names=tuple(dict.fromkeys(names))[:_MAX_VALUES],
        recipients=tuple(Recipient("contact", subject, address) for address in emails[:_MAX_VALUES]),
        message_id=next((card_text(line) for line in lines if line.name == "UID"), ""),
        exceptions=read_cards(data).exceptions,
    )
