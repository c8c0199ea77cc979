"""What an item says of itself, for search and lists: derived from its bytes, rebuildable, never its truth."""

from legalhold.formats.addresses import Mailbox
from legalhold.formats.eml import MailScan
from legalhold.formats.facts.calendar import calendar_facts
from legalhold.formats.facts.contact import contact_facts
from legalhold.formats.facts.container import container_facts
from legalhold.formats.facts.item import Attachment, ItemFacts, Recipient
from legalhold.formats.facts.message import message_facts
from legalhold.formats.kinds import ItemKind

_READERS = {
    ItemKind.EVENT: calendar_facts,
    ItemKind.TASK: calendar_facts,
    ItemKind.NOTE: calendar_facts,
    ItemKind.CONTACT: contact_facts,
    ItemKind.CONTAINER: container_facts,
}


def read_facts(kind: ItemKind, data: bytes, *, scan: MailScan | None = None) -> ItemFacts:
    """Read an item's facts from its bytes; kinds that tell nothing give empty facts. Never raises, never takes long.

    `scan` is what `scan_mail` told of exactly these bytes, where they are a message's and somebody has looked.
    """
    if kind is ItemKind.MESSAGE:
        return message_facts(data, scan=scan)
    reader = _READERS.get(kind)
    return reader(data) if reader else ItemFacts()


__all__ = ["Attachment", "ItemFacts", "Mailbox", "Recipient", "read_facts"]
