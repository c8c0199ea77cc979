"""What an item says of itself, for search and lists: derived from its bytes, rebuildable, never its truth."""

from legalhold.formats.addresses import Mailbox
from legalhold.formats.facts.calendar import calendar_facts
from legalhold.formats.facts.contact import contact_facts
from legalhold.formats.facts.item import Attachment, ItemFacts, Recipient
from legalhold.formats.facts.message import message_facts
from legalhold.formats.kinds import ItemKind

_READERS = {
    ItemKind.MESSAGE: message_facts,
    ItemKind.EVENT: calendar_facts,
    ItemKind.TASK: calendar_facts,
    ItemKind.NOTE: calendar_facts,
    ItemKind.CONTACT: contact_facts,
}


def read_facts(kind: ItemKind, data: bytes) -> ItemFacts:
    """Read an item's facts from its bytes; kinds that tell nothing give empty facts. Never raises, never takes long."""
    reader = _READERS.get(kind)
    return reader(data) if reader else ItemFacts()


__all__ = ["Attachment", "ItemFacts", "Mailbox", "Recipient", "read_facts"]
