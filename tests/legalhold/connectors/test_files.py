import os
import shutil

import pytest

from legalhold.connectors import (
    Excluded,
    ExclusionRule,
    Exclusions,
    FolderListed,
    ItemNotReadable,
    NotCaptured,
    RawItem,
)
from tests.scanning import assert_accounted, only, scan


def test_files_keep_raw_names_and_times(samples, tmp_path):
    root = tmp_path / "files"
    shutil.copytree(samples / "files", root)
    os.utime(root / "notes.txt", ns=(0, 1_700_000_000 * 10**9))

    findings = scan(root)
    items = {item.key: item for item in only(findings, RawItem)}

    assert sorted(items) == [
        b"Projects/2024/budget.csv",
        b"Projects/2024/plan.bin",
        b"Projects/caf\xc3\xa9.txt",
        b"empty.txt",
        b"na\xefve.txt",
        b"notes.txt",
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
    assert only(findings, FolderListed) == [FolderListed((), (b"folder-link", b"link", b"pipe"))]
    assert_accounted(findings)


def test_exclusions_are_named(samples):
    exclude = Exclusions([ExclusionRule("no tables", b"*.csv"), ExclusionRule("no 2024", b"Projects/2024")])

    findings = scan(samples / "files", exclude=Exclusions(exclude.rules[:1]))
    without_folder = scan(samples / "files", exclude=exclude)

    assert only(findings, Excluded) == [
        Excluded((b"Projects", b"2024"), b"budget.csv", "no tables", b"Projects/2024/budget.csv")
    ]
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
