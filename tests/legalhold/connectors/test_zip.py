import hashlib
import zipfile

import pytest

from legalhold.connectors import (
    Excluded,
    ExclusionRule,
    Exclusions,
    FolderListed,
    ItemNotReadable,
    NotCaptured,
    RawItem,
    connect,
)
from legalhold.formats import ItemKind
from tests.scanning import NOTHING, assert_accounted, content, only, opened, scan


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
        FolderListed((), (b"docs",)),
        FolderListed((b"docs",), (b"b.txt",)),
        FolderListed((b"docs", b"b.txt"), ()),
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

    assert [(f.name, f.reason) for f in only(findings, NotCaptured)] == [
        (b"bomb", "UnsupportedArtifact"),
        (b"secret", "Unreadable"),
    ]
    assert (items[b"undated"].item_from, items[b"undated"].item_to) == (None, None)
    with pytest.raises(ItemNotReadable, match="damaged in the archive is damaged"):
        content(items[b"damaged"])


def zipped(path, *, encrypted=(), damaged=()):
    """Write members named by a letter, and make some of them unreadable."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in "abc":
            archive.writestr(zipfile.ZipInfo(name, (2024, 3, 14, 9, 32, 0)), f"bytes of {name}".encode())
    data = path.read_bytes()
    for name in damaged:
        data = data.replace(f"bytes of {name}".encode(), f"BYTES of {name}".encode())
    for name in encrypted:
        at = data.rindex(name.encode(), 0, data.rindex(b"PK\5\6")) - 46
        data = data[: at + 8] + b"\x01" + data[at + 9 :]
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("unreadable", "marks"),
    [({}, ()), ({"encrypted": "b"}, ("CONTAINER_REMAINDER",)), ({"damaged": "b"}, ("CONTAINER_REMAINDER",))],
)
def test_zip_with_a_member_that_cannot_be_read_is_an_item_itself(tmp_path, unreadable, marks):
    path = zipped(tmp_path / "a.zip", **unreadable)

    container = None
    for finding in connect(path=path, format="zip", exclude=NOTHING).scan():
        if isinstance(finding, RawItem) and finding.kind is ItemKind.FILE:
            try:
                content(finding)
            except ItemNotReadable:
                assert finding.name == b"b"
        elif isinstance(finding, RawItem):
            container = finding

    assert (container.exceptions, container.item_from is None) == (marks, bool(marks))


def test_excluded_member_has_the_key_it_would_have_as_an_item(tmp_path):
    path = zipped(tmp_path / "a.zip")

    findings = scan(path, "zip", Exclusions([ExclusionRule("no-b", b"b")]))

    assert [(finding.key, finding.rule) for finding in only(findings, Excluded)] == [(b"zip:b", "no-b")]


def test_zip_that_is_damaged_after_the_scan_is_told(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("first", b"x" * 100)
    data = path.read_bytes().replace(b"PK\x03\x04", b"PK\x09\x09", 1)
    path.write_bytes(data)

    item = next(item for item in scan(path, "zip") if isinstance(item, RawItem))

    with pytest.raises(ItemNotReadable, match="first in the archive is damaged"):
        item.open()


def test_zip_that_is_none_is_kept_whole(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and no more")

    findings = scan(tmp_path / "a.zip")

    assert [(item.kind, item.exceptions) for item in only(findings, RawItem)] == [(ItemKind.UNKNOWN, ("PARSE_ERROR",))]


def with_names(path, **members: bytes):
    """Write members whose names have a ``_`` where the archive is to have a zero byte."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 3, 14, 9, 32, 0)), data)
    path.write_bytes(path.read_bytes().replace(b"_", b"\0"))
    return path


def test_zip_members_that_look_like_folders_are_items(tmp_path):
    path = with_names(
        tmp_path / "a.zip", **{"empty/": b"", "full/": b"in a folder's name", "hidden/_.doc": b"behind a zero byte"}
    )

    findings = scan(path)

    assert {item.name: content(item) for item in only(findings, RawItem)[:-1]} == {
        b"full/": b"in a folder's name",
        b"hidden/\0.doc": b"behind a zero byte",
    }
    assert opened(findings) == {"single": 2, "container": 1}
    assert_accounted(findings)


def test_zip_members_of_names_with_zero_bytes_have_keys_of_their_own(tmp_path):
    path = with_names(tmp_path / "a.zip", a=b"first", a_2=b"looks like a second a", b=b"b")
    path.write_bytes(path.read_bytes().replace(b"b", b"a"))

    findings = scan(path, "zip")

    keys = [item.key for item in only(findings, RawItem)]
    digest = hashlib.sha256(b"zip:a\x002").hexdigest().encode()
    assert keys == [b"zip:a", b"zip:a\x002", b"zip:a\x002\0sha256:" + digest, b"file"]


@pytest.mark.parametrize(
    ("date_time", "is_dated"),
    [((1980, 1, 1, 0, 0, 0), False), ((1980, 1, 1, 12, 30, 0), False), ((1980, 1, 2, 0, 0, 0), True)],
)
def test_zip_member_of_the_day_that_stands_for_no_date_is_undated(tmp_path, date_time, is_dated):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("a", date_time), b"x")

    item = only(scan(tmp_path / "a.zip"), RawItem)[0]

    assert (item.item_from is not None, item.item_to is not None) == (is_dated, is_dated)
