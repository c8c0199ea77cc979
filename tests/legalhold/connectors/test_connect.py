"""Every format from a path to its findings, on the shipped samples."""

import hashlib
import itertools
import os
import shutil

import pytest

from legalhold.connectors import (
    FolderListed,
    ItemNotReadable,
    RawItem,
    connect,
    objects,
)
from legalhold.formats import ItemKind
from tests.scanning import NOTHING, assert_accounted, content, kinds, only, scan


@pytest.mark.parametrize(
    ("path", "told", "expected"),
    [
        ("mail/held.mbox", "mbox", {"MESSAGE": 20, "CONTAINER": 1}),
        ("mail/held-crlf.mbox", "mbox", {"MESSAGE": 20, "CONTAINER": 1}),
        ("mail/lengths.mbox", "mbox", {"MESSAGE": 3, "CONTAINER": 1}),
        ("maildir", "maildir", {"MESSAGE": 15}),
        ("eml/exact.eml", "eml", {"MESSAGE": 1}),
        ("ics", "ics", {"EVENT": 8, "TASK": 2, "NOTE": 1, "CONTAINER": 4, "UNKNOWN": 1}),
        ("ics/team.ics", "ics", {"EVENT": 3, "TASK": 1, "NOTE": 1, "CONTAINER": 1}),
        ("ics/single.ics", "ics", {"EVENT": 1}),
        ("vcf", "vcf", {"CONTACT": 10, "CONTAINER": 3}),
        ("vcf/team.vcf", "vcf", {"CONTACT": 5, "CONTAINER": 1}),
        ("vcf/single.vcf", "vcf", {"CONTACT": 1}),
        ("files", "files", {"FILE": 6}),
        ("mail", "files", {"FILE": 2, "UNKNOWN": 4}),
        (".", "files", None),
    ],
)
def test_samples_are_told_and_accounted(samples, path, told, expected):
    connector = connect(path=samples / path, format="auto", exclude=NOTHING)

    findings = list(connector.scan())

    assert connector.origin.format == told
    assert expected is None or kinds(findings) == expected
    assert [(type(one), one.folder) for one in connector.scan()] == [(type(one), one.folder) for one in findings]
    assert_accounted(findings)


@pytest.mark.parametrize("name", ["held", "held-crlf"])
def test_mbox_messages_are_those_that_went_in(samples, name):
    findings = scan(samples / f"mail/{name}.mbox")
    messages = [item for item in only(findings, RawItem) if item.kind is ItemKind.MESSAGE]

    digests = [hashlib.sha256(content(item)).hexdigest() for item in messages]

    assert digests == (samples / f"mail/{name}.sha256").read_text().split()
    assert [item.key for item in messages[8:10]] == [bytes.fromhex(digests[8]) + n.to_bytes(4, "big") for n in (1, 2)]


def test_mbox_container_is_cut_at_its_messages(samples):
    data = (samples / "mail/held.mbox").read_bytes()
    items = only(scan(samples / "mail/held.mbox"), RawItem)
    container = items[-1]

    edges = (0, *container.cuts, len(data))
    pieces = {data[start:end] for start, end in itertools.pairwise(edges)}

    assert (container.kind, container.folder, container.key, container.name) == (
        ItemKind.CONTAINER,
        (),
        b"file",
        b"held.mbox",
    )
    assert content(container) == data
    assert [n for n, item in enumerate(items[:-1], 1) if content(item) not in pieces] == [2, 3]
    assert (container.item_from, container.item_to, container.exceptions) == (None, None, ())


def test_mbox_origin_has_the_digest_of_the_file(samples):
    path = samples / "mail/held.mbox"

    origin = connect(path=path, format="mbox", exclude=NOTHING).origin

    assert origin.digest == hashlib.sha256(path.read_bytes()).digest()
    assert origin.path == os.fsencode(path.resolve())
    assert connect(path=samples / "mail", format="mbox", exclude=NOTHING).origin.digest is None


def test_mbox_variant_can_be_told(samples):
    third = only(scan(samples / "mail/held.mbox", "mboxo"), RawItem)[2]

    assert b"\n>>>From the start" in content(third)


def test_mbox_with_preamble_and_without_messages(tmp_path):
    (tmp_path / "preamble.mbox").write_bytes(b"junk\n\nFrom a@b Thu Mar 14 09:00:00 2024\nSubject: s\n\nx\n")
    (tmp_path / "none.mbox").write_bytes(b"no mailbox")
    (tmp_path / "empty.mbox").write_bytes(b"")

    findings = scan(tmp_path, "mbox")
    marks = {(item.name, item.kind.name): item.exceptions for item in only(findings, RawItem)}

    assert marks == {
        (b"empty.mbox", "CONTAINER"): (),
        (b"none.mbox", "UNKNOWN"): ("PARSE_ERROR",),
        (b"s", "MESSAGE"): (),
        (b"preamble.mbox", "CONTAINER"): ("CONTAINER_REMAINDER",),
    }
    assert only(findings, FolderListed) == [
        FolderListed((b"empty.mbox",)),
        FolderListed((b"preamble.mbox",)),
        FolderListed((), (b"empty.mbox", b"preamble.mbox")),
    ]
    assert_accounted(findings)


def test_large_mbox_message_is_read_from_the_file(tmp_path):
    body = b"Subject: large\n\n" + b">From me\n" * 20_000
    (tmp_path / "a.mbox").write_bytes(b"From a@b Thu Mar 14 09:00:00 2024\n" + body)

    item = only(scan(tmp_path / "a.mbox"), RawItem)[0]

    assert content(item) == body.replace(b">From", b"From")


def test_large_mbox_message_of_a_file_that_changed_is_told(tmp_path):
    path = tmp_path / "a.mbox"
    path.write_bytes(b"From a@b Thu Mar 14 09:00:00 2024\nSubject: large\n\n" + b"x" * 100_000)
    item = only(scan(path), RawItem)[0]

    path.write_bytes(b"other")

    with pytest.raises(ItemNotReadable, match="changed while it was read"):
        item.open()


def test_maildir_keys_outlive_flags(samples, tmp_path):
    root = tmp_path / "maildir"
    shutil.copytree(samples / "maildir", root)
    before = {(item.folder, item.key, item.name): content(item) for item in only(scan(root), RawItem)}
    (root / "cur/1710000000.M0P1.sample:2,RS").rename(root / "cur/1710000000.M0P1.sample:2,RSF")
    (root / "new/1710000050.M50P1.sample").rename(root / "cur/1710000050.M50P1.sample:2,S")

    findings = scan(root)

    assert {(item.folder, item.key, item.name): content(item) for item in only(findings, RawItem)} == before
    assert [item.flags for item in only(findings, RawItem) if item.key == b"1710000000.M0P1.sample"] == [b"cur:2,RSF"]


def test_eml_folder_keeps_what_is_no_mail(samples):
    marks = {item.name: (item.kind.name, item.exceptions) for item in only(scan(samples / "eml", "eml"), RawItem)}

    assert marks == {
        b"cr-only.eml": ("MESSAGE", ()),
        b"deep.eml": ("MESSAGE", ("TOO_DEEP",)),
        b"empty.eml": ("MESSAGE", ("ZERO_BYTE",)),
        b"exact.eml": ("MESSAGE", ()),
        b"no-header.eml": ("MESSAGE", ("PARSE_ERROR",)),
    }


@pytest.mark.parametrize("chosen", ["eml", "mbox", "ics", "vcf"])
def test_foreign_file_is_kept_as_unknown(tmp_path, chosen):
    (tmp_path / "picture.bin").write_bytes(b"\x89PNG not text at all\n")
    (tmp_path / "nothing.bin").write_bytes(b"")

    findings = scan(tmp_path, chosen)
    items = {item.name: item for item in only(findings, RawItem)}

    assert (items[b"picture.bin"].kind, items[b"picture.bin"].exceptions) == (ItemKind.UNKNOWN, ("PARSE_ERROR",))
    assert content(items[b"picture.bin"]) == b"\x89PNG not text at all\n"
    assert (items[b"picture.bin"].item_from, items[b"picture.bin"].item_to) == (None, None)
    assert_accounted(findings)


@pytest.mark.parametrize(("chosen", "text"), [("ics", "BEGIN:VCALENDAR\n"), ("vcf", "BEGIN:VCARD\n")])
def test_file_larger_than_is_taken_apart_stays_whole(tmp_path, monkeypatch, chosen, text):
    monkeypatch.setattr(objects, "MAX_READ_BYTES", 10)
    (tmp_path / "a").write_text(text)

    (item,) = only(scan(tmp_path / "a", chosen), RawItem)

    assert (item.kind, item.exceptions) == (ItemKind.UNKNOWN, ("TOO_LARGE",))


@pytest.mark.parametrize(
    ("suffix", "one", "key"),
    [
        ("ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:{0}\nEND:VEVENT\nEND:VCALENDAR\n", b"uid:1"),
        ("vcf", "BEGIN:VCARD\nUID:{0}\nEND:VCARD\n", b"uid:1"),
    ],
)
def test_key_stays_when_a_file_gets_a_second_object(tmp_path, suffix, one, key):
    path = tmp_path / f"a.{suffix}"
    path.write_text(one.format(1))
    alone = only(scan(path), RawItem)
    path.write_text(one.format(1) + one.format(2) + one.format(1))

    several = only(scan(path), RawItem)

    assert [(item.folder, item.key) for item in alone] == [((), key)]
    assert [item.key for item in several] == [key, b"uid:2", key + b"\x002", b"file"]


@pytest.mark.parametrize(
    ("suffix", "one"),
    [
        ("ics", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:%s\nSUMMARY:%s\nEND:VEVENT\nEND:VCALENDAR\n"),
        ("vcf", b"BEGIN:VCARD\nUID:%s\nFN:%s\nEND:VCARD\n"),
    ],
)
@pytest.mark.parametrize(
    "uids",
    [(b"u" * 300 + b"1", b"u" * 300 + b"2"), (b"1", b"1", b"1\x002")],
    ids=["alike for 300 bytes", "one looks like a repeated other"],
)
def test_each_uid_keeps_a_key_of_its_own_when_another_is_removed(tmp_path, suffix, one, uids):
    path = tmp_path / f"a.{suffix}"
    files = [uids, (*uids[1:], b"other")]

    keys = []
    for file in files:
        path.write_bytes(b"".join(one % (uid, uid) for uid in file))
        keys.append([item.key for item in only(scan(path), RawItem)])

    assert [len(set(each)) for each in keys] == [len(uids) + 1, len(uids) + 1]
    assert keys[0][len(uids) - 1] == keys[1][len(uids) - 2]
    assert max(map(len, keys[0])) <= 255


def test_single_file_without_an_object_has_a_key(tmp_path):
    (tmp_path / "a.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    (tmp_path / "a.vcf").write_text("BEGIN:VCARD\n")

    assert [item.key for name in ("a.ics", "a.vcf") for item in only(scan(tmp_path / name), RawItem)] == [
        b"file",
        b"file",
    ]


def test_empty_mailbox_named_by_its_format_is_captured(tmp_path):
    (tmp_path / "empty").write_bytes(b"")

    findings = scan(tmp_path / "empty", "mbox")

    assert kinds(findings) == {"CONTAINER": 1}
    assert only(findings, FolderListed) == [FolderListed(())]
