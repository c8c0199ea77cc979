"""Files as they are: what may hold items of other kinds is passed over by no hold on kinds or dates."""

from __future__ import annotations

import os
import zipfile

from legalhold.connectors import FileOpened, NotCaptured, RawItem
from legalhold.formats import ItemKind
from tests.scanning import only, scan

MAIL = b"From: a@x.org\nDate: Mon, 5 Mar 2018 10:00:00 +0000\nSubject: x\n\nbody\n"
HOLDING = {
    "letter": MAIL,
    "inbox": b"From a@x.org Mon Mar  5 10:00:00 2018\n" + MAIL,
    "meeting": b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n",
    "somebody": b"BEGIN:VCARD\nFN:x\nEND:VCARD\n",
    "broken.eml": b"\x00\x01",
    "Outlook.PST": b"!BDN",
    "old.tar.gz": b"\x1f\x8b",
}
PLAIN = {"report.docx": b"PK\x03\x04 word", "notes.txt": b"From here on: nothing", "empty": b""}


def shown(findings):
    return {
        item.name.decode(): (item.kind, item.item_from is None, item.exceptions) for item in only(findings, RawItem)
    }


def test_file_that_may_hold_items_is_of_unknown_kind_and_open(tmp_path):
    for name, data in (HOLDING | PLAIN).items():
        (tmp_path / name).write_bytes(data)

    found = shown(scan(tmp_path, "files"))

    assert found == dict.fromkeys(HOLDING, (ItemKind.UNKNOWN, True, ())) | {
        name: (ItemKind.FILE, False, () if data else ("ZERO_BYTE",)) for name, data in PLAIN.items()
    }


def test_member_of_a_zip_that_may_hold_items_is_of_unknown_kind_and_open(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, data in (HOLDING | PLAIN).items():
            archive.writestr(zipfile.ZipInfo(name, (2018, 3, 5, 0, 0, 0)), data)

    found = {name: kind for name, (kind, _, _) in shown(scan(tmp_path / "a.zip", "zip")).items()}

    assert found == dict.fromkeys(HOLDING, ItemKind.UNKNOWN) | dict.fromkeys(PLAIN, ItemKind.FILE) | {
        "a.zip": ItemKind.CONTAINER
    }


def test_file_whose_beginning_can_not_be_read_is_not_captured(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("x")

    def fail(*_given):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "preadv", fail)
    findings = scan(tmp_path, "files")

    assert [(one.name, one.reason) for one in only(findings, NotCaptured)] == [(b"a", "Unreadable")]
    assert [one.as_ for one in only(findings, FileOpened)] == ["unreadable"]
