"""What a scan says when the source changes under it or refuses to be read."""

import errno
import os
from dataclasses import replace

import pytest

from legalhold.connectors import (
    FileOpened,
    FolderListed,
    ItemNotReadable,
    NotCaptured,
    RawItem,
)
from legalhold.connectors.files import as_item
from legalhold.connectors.reading import open_stamped, reason_for, stamp_of
from legalhold.connectors.tree import FoundFile
from legalhold.formats import ItemKind
from tests.scanning import MAIL, only, refuse, scanning


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.ENOENT, "Vanished"),
        (errno.EACCES, "PermissionDenied"),
        (errno.ESTALE, "TransientServiceError"),
        (errno.ELOOP, "UnsupportedArtifact"),
        (errno.EIO, "Unreadable"),
    ],
)
def test_reason_of_a_refusal(code, reason):
    assert reason_for(OSError(code, "x")) == reason


def test_folder_that_may_not_be_listed_is_not_listed(tmp_path, monkeypatch):
    for name in ("open", "shut"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text("x")
    refuse(monkeypatch, "scandir", b"/shut", errno.EACCES)

    findings = list(scanning(tmp_path, "files"))

    assert [(f.folder, f.name, f.reason) for f in only(findings, NotCaptured)] == [((), b"shut/", "PermissionDenied")]
    assert only(findings, FolderListed) == [FolderListed((), (b"open", b"shut")), FolderListed((b"open",))]
    assert [item.key for item in only(findings, RawItem)] == [b"open/a"]


def test_root_that_may_not_be_listed(tmp_path, monkeypatch):
    findings = scanning(tmp_path, "files")
    refuse(monkeypatch, "scandir", os.fsencode(tmp_path.name), errno.EACCES)

    assert list(findings) == [
        NotCaptured((), b"/", "PermissionDenied", f"[Errno 13] Permission denied: {os.fsencode(tmp_path)!r}"),
        FileOpened((), b"/", "unreadable"),
    ]


def test_file_that_vanishes_during_the_scan_keeps_its_key(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_text("x")
    findings = scanning(tmp_path, "files")

    first = next(findings)
    (tmp_path / "b").unlink()
    rest = list(findings)

    assert first.key == b"a"
    assert [(f.name, f.reason, f.key) for f in only(rest, NotCaptured)] == [(b"b", "Vanished", b"b")]
    assert only(rest, FolderListed) == [FolderListed((), (b"b",))]


@pytest.mark.parametrize("chosen", ["eml", "mbox", "ics", "vcf"])
def test_file_that_may_not_be_opened_is_not_captured(tmp_path, monkeypatch, chosen):
    (tmp_path / "shut").write_bytes(MAIL)
    refuse(monkeypatch, "open", b"/shut", errno.EACCES)

    findings = list(scanning(tmp_path, chosen))

    assert [(f.name, f.reason, f.key) for f in only(findings, NotCaptured)] == [(b"shut", "PermissionDenied", b"shut")]
    assert only(findings, FileOpened) == [FileOpened((), b"shut", "unreadable")]
    assert only(findings, FolderListed) == [FolderListed((), (b"shut",))]
    assert only(findings, RawItem) == []


def test_single_file_that_may_not_be_opened_lists_nothing(tmp_path, monkeypatch):
    (tmp_path / "a.ics").write_text("BEGIN:VCALENDAR\n")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    for name, chosen in (("a.ics", "ics"), ("a.zip", "zip")):
        findings = scanning(tmp_path / name, chosen)
        with monkeypatch.context() as patched:
            refuse(patched, "open", name.encode(), errno.EIO)
            found = list(findings)

        assert [type(finding) for finding in found] == [NotCaptured, FileOpened]


def test_single_file_that_changes_when_it_is_read_lists_nothing(tmp_path):
    for name, chosen in (("a.txt", "files"), ("a.zip", "zip")):
        path = tmp_path / name
        path.write_text("PK")
        findings = scanning(path, chosen)
        first = next(findings)
        path.write_text("changed")

        assert (isinstance(first, RawItem), [type(finding) for finding in findings]) == (True, [FileOpened])


def test_zip_on_a_failing_disk_is_not_captured(tmp_path, monkeypatch):
    def failing(source):
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    monkeypatch.setattr("legalhold.connectors.zip.zipfile.ZipFile", failing)

    found = list(scanning(tmp_path / "a.zip", "zip"))

    assert [(one.name, one.reason) for one in only(found, NotCaptured)] == [(b"a.zip", "Unreadable")]
    assert [type(one) for one in found] == [NotCaptured, FileOpened]


def test_link_that_vanishes_is_told_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to("x")
    refuse(monkeypatch, "readlink", b"/link", errno.ENOENT)

    (found,) = only(scanning(tmp_path, "files"), NotCaptured)

    assert (found.reason, found.detail[:28]) == ("UnsupportedArtifact", "a symbolic link to [Errno 2]")


def test_mbox_that_is_rewritten_during_the_scan_is_not_captured(tmp_path):
    path = tmp_path / "a.mbox"
    path.write_bytes(b"From a@b Thu Mar 14 09:00:00 2024\n" + MAIL + b"\n")
    findings = scanning(path, "mbox")

    first = next(findings)
    path.write_bytes(b"")
    rest = list(findings)

    assert isinstance(first, RawItem)
    assert [(f.reason, f.key) for f in only(rest, NotCaptured)] == [("TransientServiceError", b"a.mbox")]
    assert only(rest, FolderListed) == []


def test_mbox_that_shrinks_during_the_scan_is_not_captured(tmp_path):
    path = tmp_path / "a.mbox"
    path.write_bytes((b"From a@b Thu Mar 14 09:00:00 2024\n" + MAIL * 9000 + b"\n") * 3)
    findings = scanning(path, "mbox")

    next(findings)
    os.truncate(path, 600_000)
    rest = list(findings)

    assert [f.reason for f in only(rest, NotCaptured)] == ["TransientServiceError"]
    assert only(rest, FolderListed) == []


def test_mbox_on_a_failing_disk_is_not_captured(tmp_path, monkeypatch):
    from legalhold.connectors import mbox

    def failing(source):
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / "a.mbox").write_bytes(MAIL)
    monkeypatch.setattr(mbox, "index_mbox", failing)

    (found,) = only(scanning(tmp_path / "a.mbox", "mbox"), NotCaptured)

    assert (found.reason, found.detail) == ("Unreadable", "[Errno 5] Input/output error")


@pytest.mark.parametrize("name", ["a.ics", "a.vcf"])
def test_objects_on_a_failing_disk_are_not_captured(tmp_path, monkeypatch, name):
    def failing(*args):
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / name).write_text("x")
    monkeypatch.setattr(os, "preadv", failing)

    found = list(scanning(tmp_path, name[2:]))

    assert [(one.name, one.reason) for one in only(found, NotCaptured)] == [(name.encode(), "Unreadable")]
    assert [one.as_ for one in only(found, FileOpened)] == ["unreadable"]


def test_objects_that_change_while_they_are_read_are_not_captured(tmp_path, monkeypatch):
    path = tmp_path / "a.vcf"
    path.write_text("BEGIN:VCARD\r\nUID:1\r\nEND:VCARD\r\n" * 2)
    read = os.preadv

    def shrinking(*args):
        count = read(*args)
        os.truncate(path, 10)
        return count

    monkeypatch.setattr(os, "preadv", shrinking)

    found = list(scanning(tmp_path, "vcf"))

    assert [(one.name, one.reason) for one in only(found, NotCaptured)] == [(b"a.vcf", "TransientServiceError")]
    assert only(found, RawItem) == []


def test_file_on_a_failing_disk_is_told_while_it_is_read(tmp_path, monkeypatch):
    def failing(*args):
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / "a").write_text("x")
    (item,) = only(scanning(tmp_path, "files"), RawItem)
    monkeypatch.setattr(os, "preadv", failing)

    with item.open() as stream, pytest.raises(ItemNotReadable, match="Input/output error"):
        stream.read()


def test_swapped_file_is_not_opened(tmp_path):
    (tmp_path / "a").write_text("x")
    stamp = stamp_of((tmp_path / "a").stat())
    (tmp_path / "b").write_text("x")
    (tmp_path / "b").rename(tmp_path / "a")

    with pytest.raises(ItemNotReadable):
        open_stamped(os.fsencode(tmp_path / "a"), stamp)


def test_time_beyond_every_calendar_leaves_a_file_undated(tmp_path):
    (tmp_path / "a").write_text("x")
    found = FoundFile((), b"a", b"a", replace(stamp_of((tmp_path / "a").stat()), modified_ns=10**30))

    item = as_item(found, kind=ItemKind.FILE)

    assert (found.modified_at, item.item_from, item.item_to) == (None, None, None)
