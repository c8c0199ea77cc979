"""Writes the organisation's messages, events, contacts and files as bytes, the way common programs write them."""

from __future__ import annotations

from base64 import encodebytes
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from legalhold.demo.people import COMPANY, DOMAIN, STAFF, Person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

SUBJECTS: Final = (
    "Q1 forecast", "Pine delivery to Rotterdam", "Invoice 2217", "Re: crane inspection", "Lunch on Thursday?",
    "Minutes of Monday's meeting", "New price list", "Late containers again", "Customs papers", "Interview on Friday",
    "Budget for the sawmill", "Re: complaint of Northgate Ltd", "Holiday rota", "Draft contract", "Warehouse keys",
)  # fmt: skip
SENTENCES: Final = (
    "Please have a look at the figures before noon.",
    "The ship is two days late because of the weather.",
    "I have talked to the customer and they accept the new date.",
    "Could you send me the signed copy?",
    "The inspector found nothing to complain about this time.",
    "We agreed on twelve percent, but nobody wrote it down.",
    "I would rather discuss this on the phone.",
    "The second crane is back in service.",
    "Attached is what we talked about yesterday.",
    "Let me know whether this works for you.",
)
GUESTS: Final = ("Nora Northgate", "Piet de Vries", "Sven Sund", "Maria Marques")


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it lies in a mailbox."""

    name: str
    data: bytes


def write_message(*, number: int, sender: str, recipients: Sequence[str], sent_at: datetime, random: Random) -> Message:
    """Return a message in CRLF lines; about one in six has an attachment."""
    subject = random.choice(SUBJECTS)
    body = "\r\n".join(random.choices(SENTENCES, k=random.randint(2, 9)))
    head = [
        f"From: {sender}",
        f"To: {', '.join(recipients)}",
        f"Subject: {subject}",
        f"Date: {format_datetime(sent_at)}",
        f"Message-ID: <{number:06d}.{random.getrandbits(48):012x}@{DOMAIN}>",
        "MIME-Version: 1.0",
    ]
    lines = (
        _with_attachment(head, body, random)
        if random.random() < 1 / 6
        else [*head, "Content-Type: text/plain", "", body]
    )
    return Message(name=f"{int(sent_at.timestamp())}.M{number}P1.{DOMAIN}", data="\r\n".join([*lines, ""]).encode())


def _with_attachment(head: list[str], body: str, random: Random) -> list[str]:
    mark = f"=_{random.getrandbits(64):016x}"
    table = "item,boards,price\n" + "".join(
        f"pine {random.randint(18, 60)} mm,{random.randint(10, 900)},{random.randint(100, 9999) / 100:.2f}\n"
        for _ in range(200)
    )
    encoded = encodebytes(table.encode()).decode().replace("\n", "\r\n")
    return [
        *head,
        f'Content-Type: multipart/mixed; boundary="{mark}"',
        "",
        f"--{mark}",
        "Content-Type: text/plain; charset=utf-8",
        "",
        body,
        f"--{mark}",
        'Content-Type: text/csv; name="price list.csv"',
        'Content-Disposition: attachment; filename="price list.csv"',
        "Content-Transfer-Encoding: base64",
        "",
        encoded,
        f"--{mark}--",
    ]


def write_event(*, number: int, person: Person, start_at: datetime, random: Random) -> bytes:
    """Return a calendar object with one event; about one in five repeats weekly."""
    minutes = random.choice((30, 60, 90))
    guest = random.choice(STAFF)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{COMPANY}//Calendar//EN",
        "BEGIN:VEVENT",
        f"UID:{number:06d}-{random.getrandbits(48):012x}@{DOMAIN}",
        f"DTSTAMP:{start_at:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start_at:%Y%m%dT%H%M%SZ}",
        f"DURATION:PT{minutes}M",
        f"SUMMARY:{random.choice(SUBJECTS)}",
        f"ORGANIZER;CN={person.name}:mailto:{person.email}",
        f"ATTENDEE;CN={guest.name}:mailto:{guest.email}",
        *(["RRULE:FREQ=WEEKLY;COUNT=8"] if random.random() < 1 / 5 else []),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "\r\n".join([*lines, ""]).encode()


def write_contact(*, number: int, name: str) -> bytes:
    """Return a card of version 3.0."""
    first, _, last = name.partition(" ")
    address = f"{first}.{last}".lower().replace(" ", "")
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"UID:card-{number:05d}",
        f"N:{last};{first};;;",
        f"FN:{name}",
        f"EMAIL;TYPE=work:{address}@partner.example",
        f"TEL;TYPE=work:+49 40 555 {number:04d}",
        "END:VCARD",
    ]
    return "\r\n".join([*lines, ""]).encode()


def write_file(*, random: Random) -> bytes:
    """Return a text file of some kilobytes."""
    return ("\n".join(random.choices(SENTENCES, k=random.randint(40, 400))) + "\n").encode()


def working_time(*, day: datetime, random: Random) -> datetime:
    """Return a moment between eight and six on that day, UTC."""
    return day.astimezone(UTC).replace(
        hour=random.randint(8, 17), minute=random.randint(0, 59), second=random.randint(0, 59)
    )
