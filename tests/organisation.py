"""A small organisation with real captures, for tests of the rooms that read what was captured."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from legalhold.catalog.associations import create_source
from legalhold.catalog.capture import Capture, begin_snapshot, complete_snapshot
from legalhold.catalog.capture.vanishing import look_for_vanished
from legalhold.connectors import FolderListed, RawItem
from legalhold.custodians.models import Custodian, CustodianAddress, MatterCustodian
from legalhold.database import guard
from legalhold.formats import ItemKind
from legalhold.formats.exceptions import CONTAINER_REMAINDER
from legalhold.matters.models import Matter

START = datetime(2026, 1, 1, tzinfo=UTC)
SENT = datetime(2024, 3, 14, 8, 32, tzinfo=UTC)


def mail(
    subject: str,
    *,
    sender="Brown, Bob <bob@example.com>",
    to="Alice Adams <alice@example.com>",
    cc="",
    sent=SENT,
    folder="Inbox",
    key="",
    attachment="",
    **columns,
) -> RawItem:
    lines = [f"Subject: {subject}", f"Message-ID: <{(key or subject).replace(' ', '.')}@example.com>", f"To: {to}"]
    lines += (
        [f'From: "{sender.partition(" <")[0]}" <{sender.partition("<")[2]}'] if "<" in sender else [f"From: {sender}"]
    )
    lines += [f"Cc: {cc}"] if cc else []
    lines += [f"Date: {sent:%a, %d %b %Y %H:%M:%S +0000}"] if sent else []
    if attachment:
        lines += [
            "MIME-Version: 1.0",
            "Content-Type: multipart/mixed; boundary=b",
            "",
            "--b",
            "",
            "text",
            "--b",
            f'Content-Type: text/plain; name="{attachment}"',
            f'Content-Disposition: attachment; filename="{attachment}"',
            "",
            "attached",
            "--b--",
        ]
    return item(
        "\r\n".join([*lines, "", "Body"]).encode(),
        key=key or subject,
        folder=folder,
        kind=ItemKind.MESSAGE,
        name=subject,
        dates=(sent, sent),
        **columns,
    )


def event(
    subject: str,
    *,
    uid="",
    folder="Work",
    wrapped=False,
    start="20240314T083200Z",
    dates=(SENT, SENT + timedelta(hours=1)),
):
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid or subject}",
        f"SUMMARY:{subject}",
        f"DTSTART:{start}",
        "DURATION:PT1H",
        "END:VEVENT",
        "",
    ]
    if wrapped:
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *lines[:-1], "END:VCALENDAR", ""]
    return item(
        "\r\n".join(lines).encode(), key=uid or subject, folder=folder, kind=ItemKind.EVENT, name=subject, dates=dates
    )


def card(name: str, *, folder="") -> RawItem:
    data = f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nEMAIL:{name.partition(' ')[0].lower()}@example.com\r\nEND:VCARD\r\n"
    return item(data.encode(), key=name, folder=folder, kind=ItemKind.CONTACT, name=name)


def file(path: str, data: bytes = b"bytes", *, at=SENT) -> RawItem:
    folder, _, name = path.rpartition("/")
    return item(data, key=name, folder=folder, kind=ItemKind.FILE, name=name, dates=(at, at))


def container(name: str, data: bytes = b"From all\n", *, is_remainder=False) -> RawItem:
    codes = (CONTAINER_REMAINDER,) if is_remainder else ()
    return item(data, key=name, folder="", kind=ItemKind.CONTAINER, name=name, exceptions=codes)


def item(data: bytes, *, key, folder, kind, name, dates=(None, None), exceptions=()) -> RawItem:
    components = tuple(part.encode() for part in folder.split("/")) if folder else ()
    return RawItem(
        folder=components, key=key.encode(), name=name.encode() if isinstance(name, str) else name, kind=kind,
        item_from=dates[0], item_to=dates[1], size_bytes=len(data), open=lambda: io.BytesIO(data), exceptions=exceptions,
    )  # fmt: skip


class Organisation:
    """Custodians, their sources, and captures into a real archive."""

    def __init__(self, archive) -> None:
        self.archive = archive
        self.now = START

    def custodian(self, name: str, employee_id: str | None = None, *addresses: str) -> Custodian:
        person = Custodian.objects.create(name=name, employee_id=employee_id, created_at=START)
        CustodianAddress.objects.bulk_create(
            CustodianAddress(custodian=person, address=address) for address in addresses
        )
        return person

    def source(self, custodian, name="Mailbox", kind="mailbox", from_at=START):
        with guard.exclusive():
            return create_source(name=name, kind=kind, custodian=custodian, from_at=from_at, at=START)

    def matter(self, name: str, *custodians, zone="Europe/Berlin") -> Matter:
        matter = Matter.objects.create(name=name, zone=zone, opened_at=START)
        MatterCustodian.objects.bulk_create(
            MatterCustodian(matter=matter, custodian=one, added_at=START) for one in custodians
        )
        return matter

    def begin(self, source, *items: RawItem, day: int) -> Capture:
        """Open a snapshot and capture these items, without an end."""
        at = START + timedelta(days=day)
        snapshot = begin_snapshot(source=source, taken_at=at, custody={}, at=at)
        capture = Capture(archive=self.archive, snapshot=snapshot, now=lambda: at)
        for one in items:
            capture.offer(item=one)
        capture.flush()
        return capture

    def capture(self, source, *items: RawItem, day: int) -> None:
        """Take a complete snapshot that shows exactly these items."""
        capture = self.begin(source, *items, day=day)
        at = START + timedelta(days=day)
        folders = {one.folder[:end] for one in items for end in range(len(one.folder) + 1)} | {()}
        for folder in folders:
            below = {
                other[len(folder)] for other in folders if other[: len(folder)] == folder and len(other) > len(folder)
            }
            capture.list_folder(listing=FolderListed(folder, tuple(sorted(below))))
        confirm = look_for_vanished(capture=capture).digest
        complete_snapshot(capture=capture, ledger={}, confirm=confirm, at=at, then=lambda _done: None)


def digest(one: RawItem) -> str:
    return sha256(one.open().read()).hexdigest()
