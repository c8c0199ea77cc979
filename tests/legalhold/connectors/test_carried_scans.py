"""What a message's item carries along of its scan is what a look at its bytes tells."""

import os
from pathlib import Path

import pytest

from legalhold.connectors import Exclusions, RawItem, connect
from legalhold.formats import ItemKind
from legalhold.formats.eml import scan_mail

HEAD = b"From: a@example.org\nDate: Thu, 14 Mar 2024 09:32:00 +0100\n"
MANY = HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 100 + b"--b--\n"
LARGE = HEAD + b"\n" + b"text\n" * 20_000


def items(path: Path) -> list[RawItem]:
    found = connect(path=path, format="auto", exclude=Exclusions()).scan()
    return [one for one in found if isinstance(one, RawItem) and one.kind is ItemKind.MESSAGE]


def as_file(folder: Path, data: bytes) -> Path:
    path = folder / "a.eml"
    path.write_bytes(data)
    return path


def as_maildir(folder: Path, data: bytes) -> Path:
    for box in ("cur", "new", "tmp"):
        (folder / "box" / box).mkdir(parents=True)
    (folder / "box/cur/1.a:2,S").write_bytes(data)
    return folder / "box"


def as_mbox(folder: Path, data: bytes) -> Path:
    path = folder / "a.mbox"
    path.write_bytes(b"From a@example.org Thu Mar 14 09:32:00 2024\n" + data + b"\n")
    return path


@pytest.mark.parametrize("write", [as_file, as_maildir, as_mbox])
def test_a_small_message_carries_its_scan(tmp_path, write):
    data = HEAD + b"\ntext\n"

    [item] = items(write(tmp_path, data))

    assert item.scan == scan_mail(data)


@pytest.mark.parametrize("data", [MANY, LARGE])
@pytest.mark.parametrize("write", [as_file, as_maildir, as_mbox])
def test_what_would_take_much_memory_carries_none(tmp_path, write, data):
    [item] = items(write(tmp_path, data))

    assert item.scan is None


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["mail-real/samba.mbox", "mail-real/usrp-maildir"])
def test_corpora_carry_what_their_bytes_tell(name):
    carried = 0
    for item in items(Path(os.environ["LEGALHOLD_CORPORA"]) / name):
        if item.scan is not None:
            with item.open() as stream:
                assert item.scan == scan_mail(stream.read())
            carried += 1

    assert carried > 50
