"""The lines and texts of a card, in the encodings that its version allows."""

import quopri
import re

from legalhold.formats.components import Property, properties
from legalhold.formats.text_values import decode_value

# vCard 2.1 §2.1.3: a quoted-printable value goes on after a soft line break, unfolded
_SOFT_BREAK = re.compile(rb"=\r?\n")
_QUOTED_LINE = re.compile(
    rb"^[^\r\n:]*;[^\r\n:]*QUOTED-PRINTABLE[^\r\n:]*:(?:[^\r\n]*=\r?\n)*", re.MULTILINE | re.IGNORECASE
)
_CHARSET = re.compile(rb";CHARSET=\"?([^\";:]{1,64})", re.IGNORECASE)


def card_lines(unfolded: bytes) -> list[Property]:
    """Give a card's content lines, soft line breaks joined."""
    return properties(_QUOTED_LINE.sub(lambda match: _SOFT_BREAK.sub(b"", match[0]), unfolded))


def card_charset(line: Property) -> str:
    """Give the charset that a line names (vCard 2.1 §2.1.5); nothing where it names none."""
    charset = _CHARSET.search(line.parameters)
    return charset[1].decode("ascii", "replace") if charset else ""


def card_text(line: Property) -> str:
    """Make one value readable; the parts of a structured one are joined by spaces. Never raises."""
    value = line.value
    if b"QUOTED-PRINTABLE" in line.parameters.upper():
        value = quopri.decodestring(value)
    text = decode_value(value, charset=card_charset(line))
    if line.name in {"N", "ORG"}:
        return " ".join(part.strip() for part in text.split(";") if part.strip())
    return text
