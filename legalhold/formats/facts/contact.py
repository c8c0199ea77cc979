"""The facts of a contact: its names and addresses (vCard 2.1, 3.0, 4.0)."""

import quopri
import re

from legalhold.formats.components import Property, properties, read_components
from legalhold.formats.facts.item import ItemFacts, Recipient
from legalhold.formats.facts.wide import as_utf8
from legalhold.formats.text_values import decode_value
from legalhold.formats.vcf import read_cards

_MAX_VALUES = 1000
_NAMES = ("FN", "N", "NICKNAME", "ORG", "TITLE")
# vCard 2.1 §2.1.3: a quoted-printable value goes on after a soft line break, unfolded
_SOFT_BREAK = re.compile(rb"=\r?\n")
_QUOTED_LINE = re.compile(
    rb"^[^\r\n:]*;[^\r\n:]*QUOTED-PRINTABLE[^\r\n:]*:(?:[^\r\n]*=\r?\n)*", re.MULTILINE | re.IGNORECASE
)
_CHARSET = re.compile(rb";CHARSET=\"?([^\";:]{1,64})", re.IGNORECASE)


def contact_facts(data: bytes) -> ItemFacts:
    """Read a card's facts. Never raises."""
    data = as_utf8(data)
    file = read_components(data)
    cards = [root for root in file.roots if root.name == "VCARD"]
    unfolded = file.own_text(cards[0]) if cards else b""
    lines = properties(_QUOTED_LINE.sub(lambda match: _SOFT_BREAK.sub(b"", match[0]), unfolded))
    names = [text for name in _NAMES for line in lines if line.name == name if (text := _text(line))]
    emails = [text for line in lines if line.name == "EMAIL" if (text := _text(line))]
    subject = names[0] if names else ""
    return ItemFacts(
        subject=subject,
        names=tuple(dict.fromkeys(names))[:_MAX_VALUES],
        recipients=tuple(Recipient("contact", subject, address) for address in emails[:_MAX_VALUES]),
        message_id=next((_text(line) for line in lines if line.name == "UID"), ""),
        exceptions=read_cards(data).exceptions,
    )


def _text(line: Property) -> str:
    value = line.value
    if b"QUOTED-PRINTABLE" in line.parameters.upper():
        value = quopri.decodestring(value)
    charset = _CHARSET.search(line.parameters)
    text = decode_value(value, charset=charset[1].decode("ascii", "replace") if charset else "")
    if line.name in {"N", "ORG"}:
        return " ".join(part.strip() for part in text.split(";") if part.strip())
    return text
