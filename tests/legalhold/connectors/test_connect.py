"""Every format from a path to its findings, on the shipped samples."""

import hashlib
import os
import shutil
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from legalhold.connectors import (
    Excluded,
    ExclusionRule,
    Exclusions,
    FileOpened,
    FolderListed,
    FormatUnknown,
    ItemNotReadable,
    NotCaptured,
    RawItem,
    SourceEmpty,
    SourceMissing,
    SourceNotReadable,
    connect,
    detect_format,
)
from legalhold.formats import ItemKind

NOTHING = Exclusions()


def scan(path, format="auto", exclude=NOTHING):
    return list(connect(path=Path(path), format=format, exclude=exclude).scan())


def only(findings, kind):
    return [finding for finding in findings if isinstance(finding, kind)]


def content(item):
    with item.open() as stream:
        return stream.read()


def opened(findings):
    return Counter(finding.as_ for finding in only(findings, FileOpened))


def kinds(findings):
    return Counter(item.kind.name for item in only(findings, RawItem))


def assert_accounted(findings):
    """Check the equations of a scan whose files were all read, and that keys are unique."""
    items = only(findings, RawItem)
    keys = [(item.folder, item.key) for item in items]
    assert len(keys) == len(set(keys))
    assert opened(findings)["container"] == kinds(findings)["CONTAINER"]
    assert opened(findings)["excluded"] == len(only(findings, Excluded))
    assert opened(findings)["unreadable"] == len(only(findings, NotCaptured))
    for item in items:
        assert len(content(item)) == item.size_bytes
        assert content(item) == content(item)


@pytest.mark.parametrize(
    ("path", "format", "expected"),
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
        ("mail", "files", {"FILE": 6}),
        (".", "files", None),
    ],
)
def test_samples_are_told_and_accounted(samples, path, format, expected):
    connector = connect(path=samples / path, format="auto", exclude=NOTHING)

    findings = list(connector.scan())

    assert connector.origin.format == format
    assert expected is None or kinds(findings) == expected
    assert list(connector.scan()) != [] and [type(f) for f in connector.scan()] == [type(f) for f in findings]
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
    pieces = {data[start:end] for start, end in zip(edges, edges[1:], strict=False)}

    assert (container.kind, container.folder, container.key, container.name) == (ItemKind.CONTAINER, (), b"file", b"held.mbox")
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
    assert [item.flags for item in only(findings, RawItem) if item.key == b"1710000000.M0P1.sample"] == [b"RSF"]


def test_eml_folder_keeps_what_is_no_mail(samples):
    marks = {item.name: (item.kind.name, item.exceptions) for item in only(scan(samples / "eml", "eml"), RawItem)}

    assert marks == {
        b"cr-only.eml": ("MESSAGE", ()),
        b"deep.eml": ("MESSAGE", ("TOO_DEEP",)),
        b"empty.eml": ("MESSAGE", ("ZERO_BYTE",)),
        b"exact.eml": ("MESSAGE", ()),
        b"no-header.eml": ("MESSAGE", ("PARSE_ERROR",)),
    }


@pytest.mark.parametrize("format", ["eml", "mbox", "ics", "vcf"])
def test_foreign_file_is_kept_as_unknown(tmp_path, format):
    (tmp_path / "picture.bin").write_bytes(b"\x89PNG not text at all\n")
    (tmp_path / "nothing.bin").write_bytes(b"")

    findings = scan(tmp_path, format)
    items = {item.name: item for item in only(findings, RawItem)}

    assert (items[b"picture.bin"].kind, items[b"picture.bin"].exceptions) == (ItemKind.UNKNOWN, ("PARSE_ERROR",))
    assert content(items[b"picture.bin"]) == b"\x89PNG not text at all\n"
    assert (items[b"picture.bin"].item_from, items[b"picture.bin"].item_to) == (None, None)
    assert_accounted(findings)


@pytest.mark.parametrize(("format", "text"), [("ics", "BEGIN:VCALENDAR\n"), ("vcf", "BEGIN:VCARD\n")])
def test_file_larger_than_is_taken_apart_stays_whole(tmp_path, monkeypatch, format, text):
    import importlib

    monkeypatch.setattr(importlib.import_module(f"legalhold.connectors.{format}"), "MAX_READ_BYTES", 10)
    (tmp_path / "a").write_text(text)

    (item,) = only(scan(tmp_path / "a", format), RawItem)

    assert (item.kind, item.exceptions) == (ItemKind.UNKNOWN, ("TOO_LARGE",))


@pytest.mark.parametrize(("format", "one", "key"), [
    ("ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:{0}\nEND:VEVENT\nEND:VCALENDAR\n", b"uid:1"),
    ("vcf", "BEGIN:VCARD\nUID:{0}\nEND:VCARD\n", b"uid:1"),
])
def test_key_stays_when_a_file_gets_a_second_object(tmp_path, format, one, key):
    path = tmp_path / f"a.{format}"
    path.write_text(one.format(1))
    alone = only(scan(path), RawItem)
    path.write_text(one.format(1) + one.format(2) + one.format(1))

    several = only(scan(path), RawItem)

    assert [(item.folder, item.key) for item in alone] == [((), key)]
    assert [item.key for item in several] == [key, b"uid:2", key + b"\x002", b"file"]


def test_single_file_without_an_object_has_a_key(tmp_path):
    (tmp_path / "a.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    (tmp_path / "a.vcf").write_text("BEGIN:VCARD\n")

    assert [item.key for name in ("a.ics", "a.vcf") for item in only(scan(tmp_path / name), RawItem)] == [b"file", b"file"]


def test_files_keep_raw_names_and_times(samples, tmp_path):
    root = tmp_path / "files"
    shutil.copytree(samples / "files", root)
    os.utime(root / "notes.txt", ns=(0, 1_700_000_000 * 10**9))

    findings = scan(root)
    items = {item.key: item for item in only(findings, RawItem)}

    assert sorted(items) == [
        b"Projects/2024/budget.csv", b"Projects/2024/plan.bin", b"Projects/caf\xc3\xa9.txt", b"empty.txt", b"na\xefve.txt", b"notes.txt",
    ]
    assert items[b"notes.txt"].item_from == items[b"notes.txt"].item_to
    assert items[b"notes.txt"].item_from.timestamp() == 1_700_000_000
    assert items[b"empty.txt"].exceptions == ("ZERO_BYTE",)
    assert only(findings, FolderListed) == [
        FolderListed((), (b"Projects",)),
        FolderListed((b"Projects",), (b"2024",)),
        FolderListed((b"Projects", b"2024"), ()),
    ]


def test_links_and_pipes_are_named_never_followed(tmp_path):
    (tmp_path / "secret").write_text("elsewhere")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to("../secret")
    (root / "folder-link").symlink_to("..")
    os.mkfifo(root / "pipe")

    findings = scan(root, "files")

    assert [(f.name, f.reason, f.detail, f.key) for f in only(findings, NotCaptured)] == [
        (b"folder-link", "UnsupportedArtifact", "a symbolic link to ..", b"folder-link"),
        (b"link", "UnsupportedArtifact", "a symbolic link to ../secret", b"link"),
        (b"pipe", "UnsupportedArtifact", "a special file (socket, pipe or device)", b"pipe"),
    ]
    assert only(findings, RawItem) == []
    assert_accounted(findings)


def test_exclusions_are_named(samples):
    exclude = Exclusions([ExclusionRule("no tables", b"*.csv"), ExclusionRule("no 2024", b"Projects/2024")])

    findings = scan(samples / "files", exclude=Exclusions(exclude.rules[:1]))
    without_folder = scan(samples / "files", exclude=exclude)

    assert only(findings, Excluded) == [Excluded((b"Projects", b"2024"), b"budget.csv", "no tables", b"Projects/2024/budget.csv")]
    assert only(without_folder, Excluded) == [Excluded((b"Projects",), b"2024/", "no 2024", b"Projects/2024/")]
    assert FolderListed((b"Projects",), (b"2024",)) in without_folder
    assert_accounted(findings)
    assert_accounted(without_folder)


def test_file_that_changes_vanishes_or_is_swapped_is_told(tmp_path):
    for name in ("changed", "gone", "linked"):
        (tmp_path / name).write_text("before")
    changed, gone, linked = only(scan(tmp_path, "files"), RawItem)
    (tmp_path / "changed").write_text("after, and longer")
    (tmp_path / "gone").unlink()
    (tmp_path / "linked").unlink()
    (tmp_path / "linked").symlink_to("changed")

    reasons = []
    for item in (changed, gone, linked):
        with pytest.raises(ItemNotReadable) as caught:
            item.open()
        reasons.append(caught.value.reason)

    assert reasons == ["TransientServiceError", "Vanished", "UnsupportedArtifact"]


def test_file_that_changes_while_it_is_read_is_told(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 1_000_000)
    (item,) = only(scan(tmp_path, "files"), RawItem)
    stream = item.open()
    stream.read(10)

    (tmp_path / "a").write_bytes(b"y" * 500_000)

    with pytest.raises(ItemNotReadable, match="capture it again"):
        stream.read()


def test_zip_members_are_read_in_place(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docs/", b"")
        archive.writestr("docs/b.txt", b"b" * 1000)
        archive.writestr("../../etc/passwd", b"unsafe")
        archive.writestr("docs/b.txt/x", b"under a file")
        archive.writestr("übung.txt", b"named")

    connector = connect(path=path, format="auto", exclude=Exclusions([ExclusionRule("x", b"x")]))
    findings = list(connector.scan())

    assert connector.origin.format == "zip"
    assert {item.key: (item.folder, item.name, content(item)) for item in only(findings, RawItem)[:-1]} == {
        b"zip:../../etc/passwd": ((), b"../../etc/passwd", b"unsafe"),
        b"zip:docs/b.txt": ((b"docs",), b"b.txt", b"b" * 1000),
        "zip:übung.txt".encode(): ((), "übung.txt".encode(), b"named"),
    }
    assert [f.rule for f in only(findings, Excluded)] == ["x"]
    assert only(findings, FolderListed) == [
        FolderListed((), (b"docs",)), FolderListed((b"docs",), (b"b.txt",)), FolderListed((b"docs", b"b.txt"), ()),
    ]
    assert content(only(findings, RawItem)[-1]) == path.read_bytes()
    assert_accounted(findings)


def test_zip_bomb_encrypted_and_damaged_members_are_told(tmp_path, monkeypatch):
    from legalhold.connectors import zip as zip_module

    monkeypatch.setattr(zip_module, "RATIO_FREE_BYTES", 1000)
    monkeypatch.setattr(zip_module, "MAX_RATIO", 10)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\0" * 1_000_000)
        archive.writestr("secret", b"s")
        archive.writestr("undated", b"u")
        archive.writestr(zipfile.ZipInfo("damaged"), b"damaged bytes")
    data = path.read_bytes().replace(b"damaged bytes", b"DAMAGED bytes")
    at = data.rindex(b"secret") - 46
    data = data[: at + 8] + b"\x01" + data[at + 9 :]
    at = data.rindex(b"undated") - 46
    path.write_bytes(data[: at + 14] + b"\0\0" + data[at + 16 :])

    findings = scan(path, "zip")
    items = {item.name: item for item in only(findings, RawItem)}

    assert [(f.name, f.reason) for f in only(findings, NotCaptured)] == [(b"bomb", "UnsupportedArtifact"), (b"secret", "Unreadable")]
    assert (items[b"undated"].item_from, items[b"undated"].item_to) == (None, None)
    with pytest.raises(ItemNotReadable, match="damaged in the archive is damaged"):
        content(items[b"damaged"])


def test_zip_that_is_none_is_kept_whole(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and no more")

    findings = scan(tmp_path / "a.zip")

    assert [(item.kind, item.exceptions) for item in only(findings, RawItem)] == [(ItemKind.UNKNOWN, ("PARSE_ERROR",))]


@pytest.mark.parametrize(
    ("name", "data", "format"),
    [
        ("a", b"From a@b Thu Mar 14 09:00:00 2024\n", "mbox"),
        ("a", b"Received: x\n\n", "eml"),
        ("a.eml", b"broken", "eml"),
        ("a.ics", b"broken", "ics"),
        ("a.vcf", b"broken", "vcf"),
        ("a.zip", b"PK\x03\x04", "zip"),
        ("a.docx", b"PK\x03\x04", "files"),
        ("a.txt", b"text", "files"),
    ],
)
def test_format_of_a_file(tmp_path, name, data, format):
    (tmp_path / name).write_bytes(data)

    assert detect_format(path=tmp_path / name) == format


def test_format_of_a_folder(tmp_path):
    (tmp_path / "a.eml").write_bytes(b"From: a\n\n")
    (tmp_path / "empty").write_bytes(b"")

    assert detect_format(path=tmp_path) == "eml"
    (tmp_path / "b.ics").write_bytes(b"BEGIN:VCALENDAR\n")
    assert detect_format(path=tmp_path) == "files"


def test_format_of_a_folder_of_archives_is_files(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")

    assert detect_format(path=tmp_path) == "files"


def test_format_looks_at_some_files_only(tmp_path, monkeypatch):
    from legalhold.connectors import detection

    monkeypatch.setattr(detection, "_SNIFFED_FILES", 1)
    (tmp_path / "a.eml").write_bytes(b"From: a\n\n")
    (tmp_path / "b.ics").write_bytes(b"BEGIN:VCALENDAR\n")

    assert detect_format(path=tmp_path) == "eml"


def test_wrong_paths_and_formats_are_told(tmp_path, samples):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")

    for path, format, error, text in [
        (tmp_path / "none", "auto", SourceMissing, "none: no such file"),
        (tmp_path / "a\0b", "auto", SourceMissing, "no such file"),
        (tmp_path / "empty", "auto", SourceEmpty, "empty is empty"),
        (tmp_path / "folder", "auto", SourceEmpty, "holds nothing readable"),
        (tmp_path / "pipe", "auto", FormatUnknown, "neither a file nor a folder"),
        (tmp_path / "folder", "pst", FormatUnknown, "pst is no format; choose auto or one of eml, files"),
        (tmp_path / "folder", "zip", FormatUnknown, "is a folder and can't be read as zip"),
        (samples / "mail/held.mbox", "maildir", FormatUnknown, "is a file and can't be read as maildir"),
    ]:
        with pytest.raises(error, match=text):
            connect(path=path, format=format, exclude=NOTHING)


def test_empty_mailbox_named_by_its_format_is_captured(tmp_path):
    (tmp_path / "empty").write_bytes(b"")

    findings = scan(tmp_path / "empty", "mbox")

    assert kinds(findings) == {"CONTAINER": 1}
    assert only(findings, FolderListed) == [FolderListed(())]


def test_path_that_may_not_be_read_is_told(monkeypatch, tmp_path):
    from legalhold.connectors import detection

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a").write_text("x")
    monkeypatch.setattr(detection, "open_file", refuse)
    with pytest.raises(SourceNotReadable, match="run as a user who may read it"):
        detect_format(path=tmp_path / "a")
    with pytest.raises(SourceEmpty):
        detect_format(path=tmp_path)
    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(SourceNotReadable, match="Permission denied"):
        detect_format(path=tmp_path / "a")
