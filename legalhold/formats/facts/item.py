"""The facts of an item, of whatever kind."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from legalhold.formats.addresses import Mailbox


class Recipient(NamedTuple):
    """Somebody an item names besides its sender.

    `role` is `to`, `cc` or `bcc`; `reply-to`; `sender` for a second From, the Sender or another organiser; `contact` for
    an address in a card.
    """

    role: str
    name: str
    address: str


class Attachment(NamedTuple):
    """One attachment by its name, as written by the sender, its declared type and the bytes it takes up, encoded."""

    name: str
    media_type: str
    encoded_bytes: int


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What was found; empty where nothing was. Times are aware, in UTC."""

    subject: str = ""
    sender: Mailbox | None = None
    recipients: tuple[Recipient, ...] = ()
    names: tuple[str, ...] = ()
    message_id: str = ""
    in_reply_to: str = ""
    sent_at: datetime | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
    organizer: Mailbox | None = None
    attendees: tuple[Mailbox, ...] = ()
    exceptions: tuple[str, ...] = ()
