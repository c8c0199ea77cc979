import errno
from datetime import UTC, datetime

import pytest

from legalhold.connectors import (
    Excluded,
    ExclusionRule,
    Exclusions,
    FileOpened,
    FolderListed,
    ItemNotReadable,
    NotCaptured,
    RawItem,
    connect,
)
from tests.scanning import MAIL, NOTHING, maildir, only, refuse, scanning


def test_maildir_of_every_shape(tmp_path):
    root = maildir(tmp_path / "m", "cur/1:2,S", "new/2", "tmp/3", "cur/.hidden")
    maildir(root / ".Lists.samba", "cur/1")
    maildir(root / "Nested" / "Deeper", "cur/1")
    (root / "dovecot-uidlist").write_text("x")
    (root / "subscriptions").write_text("x")
    (root / "notes.txt").write_text("kept")
    (root / "link").symlink_to("cur")
    (root / "cur" / "linked").symlink_to("1:2,S")

    findings = list(scanning(root, "auto"))

    assert [(item.folder, item.key, item.kind.name) for item in only(findings, RawItem)] == [
        ((), b"notes.txt", "FILE"),
        ((), b"1", "MESSAGE"),
        ((), b"2", "MESSAGE"),
        ((b"Lists", b"samba"), b"1", "MESSAGE"),
        ((b"Nested", b"Deeper"), b"1", "MESSAGE"),
    ]
    assert sorted((f.name, f.rule) for f in only(findings, Excluded)) == [
        (b".hidden", "maildir.housekeeping"),
        (b"dovecot-uidlist", "maildir.housekeeping"),
        (b"subscriptions", "maildir.housekeeping"),
        (b"tmp/3", "maildir.tmp"),
    ]
    assert sorted((f.name, f.reason) for f in only(findings, NotCaptured)) == [
        (b"link", "UnsupportedArtifact"),
        (b"linked", "UnsupportedArtifact"),
    ]
    assert only(findings, FolderListed) == [
        FolderListed((), (b"Lists", b"Nested", b"dovecot-uidlist", b"link", b"subscriptions")),
        FolderListed((b"Lists",), (b"samba",)),
        FolderListed((b"Lists", b"samba")),
        FolderListed((b"Nested",), (b"Deeper",)),
        FolderListed((b"Nested", b"Deeper")),
    ]


def test_maildir_message_is_dated_by_its_delivery_too(tmp_path):
    root = maildir(tmp_path / "m", "cur/1704067200.M1P2.host:2,S", "cur/not-a-time", "cur/undated")
    for name in ("1704067200.M1P2.host:2,S", "not-a-time"):
        (root / "cur" / name).write_bytes(b"Date: Mon, 5 Mar 2018 10:00:00 +0000\n\nx")
    (root / "cur" / "1704067200.undated").write_bytes(b"Subject: no date\n\nx")

    dates = {item.name: (item.item_from, item.item_to) for item in only(scanning(root, "maildir"), RawItem)}

    sent, delivered = datetime(2018, 3, 5, 10, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
    assert dates[b"1704067200.M1P2.host"] == (sent, delivered)
    assert dates[b"not-a-time"] == (sent, sent)
    assert dates[b"1704067200.undated"] == (None, None)


def test_maildir_flags_tell_the_box_and_the_rest_of_the_name(tmp_path):
    root = maildir(tmp_path / "m", "cur/1:2,RS", "cur/2:2,", "cur/3", "new/4")

    items = only(scanning(root, "maildir"), RawItem)

    assert [(item.key, item.flags) for item in items] == [
        (b"1", b"cur:2,RS"), (b"2", b"cur:2,"), (b"3", b"cur"), (b"4", b"new"),
    ]  # fmt: skip


def test_maildir_folders_of_one_name_stay_apart(tmp_path):
    root = maildir(tmp_path / "m")
    maildir(root / ".Sent", "cur/1")
    maildir(root / "Sent", "cur/1")

    items = only(scanning(root, "maildir"), RawItem)

    assert [(item.folder, item.key) for item in items] == [((b"Sent",), b"1"), ((b"Sent+",), b"1")]


def test_maildir_exclusions(tmp_path):
    root = maildir(tmp_path / "m", "cur/1:2,S", "cur/2:2,T")
    maildir(root / ".Junk", "cur/1")
    (root / "notes.txt").write_text("x")
    exclude = Exclusions(
        [ExclusionRule("junk", b".Junk"), ExclusionRule("trashed", b"*:2,*T*"), ExclusionRule("text", b"*.txt")]
    )

    findings = list(connect(path=root, format="maildir", exclude=exclude).scan())

    assert sorted((f.name, f.rule) for f in only(findings, Excluded)) == [
        (b".Junk/", "junk"),
        (b"2:2,T", "trashed"),
        (b"notes.txt", "text"),
    ]
    assert [f.key for f in only(findings, Excluded) if f.rule == "trashed"] == [b"2"]
    assert [item.key for item in only(findings, RawItem)] == [b"1"]
    assert only(findings, FolderListed) == [FolderListed((), (b"Junk", b"notes.txt"))]


@pytest.mark.parametrize("box", ["cur", "new"])
@pytest.mark.parametrize("is_excluded", [True, False])
def test_maildir_of_a_box_nobody_looked_into_is_not_listed(tmp_path, box, is_excluded):
    root = maildir(tmp_path / "m")
    maildir(root / ".Sent")
    if is_excluded:
        exclude = Exclusions([ExclusionRule("box", b".Sent/" + box.encode())])
    else:
        exclude = NOTHING
        (root / ".Sent" / box).rename(tmp_path / "elsewhere")
        (root / ".Sent" / box).symlink_to(tmp_path / "elsewhere")

    findings = list(connect(path=root, format="maildir", exclude=exclude).scan())

    assert only(findings, FolderListed) == [FolderListed((), (b"Sent",))]


def test_maildir_folder_that_became_a_link_is_not_taken_as_gone(tmp_path):
    root = maildir(tmp_path / "m")
    maildir(root / ".Lists.samba")
    (root / ".Sent").symlink_to(tmp_path)
    (root / ".Lists").symlink_to(tmp_path)

    findings = list(scanning(root, "maildir"))

    assert only(findings, FolderListed) == [
        FolderListed((), (b"Lists", b"Sent")),
        FolderListed((b"Lists", b"samba")),
    ]


@pytest.mark.parametrize(
    ("pattern", "left_out"),
    [
        (b"cur/*", [b"1"]),
        (b".Sent/cur/*", [b"2"]),
        (b"*cur/*", [b"1", b"2"]),
        (b"Sent/*", []),
        (b"new/3", [b"3"]),
    ],
)
def test_maildir_exclusions_are_over_paths_below_the_root(tmp_path, pattern, left_out):
    root = maildir(tmp_path / "m", "cur/1", "new/3")
    maildir(root / ".Sent", "cur/2")
    exclude = Exclusions([ExclusionRule("rule", pattern)])

    findings = only(connect(path=root, format="maildir", exclude=exclude).scan(), Excluded)

    assert [found.key for found in findings] == left_out


@pytest.mark.parametrize("suffix", [b"/m/tmp", b"/.Sent/tmp"])
def test_maildir_unfinished_deliveries_that_may_not_be_listed_are_told(tmp_path, monkeypatch, suffix):
    root = maildir(tmp_path / "m", "cur/1")
    maildir(root / ".Sent")
    findings = scanning(root, "maildir")
    refuse(monkeypatch, "scandir", suffix, errno.EACCES)

    found = list(findings)

    assert [(one.name, one.reason) for one in only(found, NotCaptured)] == [(b"tmp/", "PermissionDenied")]
    assert FileOpened(only(found, NotCaptured)[0].folder, b"tmp/", "unreadable") in found
    assert [one.folder for one in only(found, FolderListed)] == [(), (b"Sent",)]


def test_maildir_message_that_became_a_link_keeps_its_key(tmp_path):
    root = maildir(tmp_path / "m", "cur/1:2,")
    (root / "cur/2:2,S").symlink_to("1:2,")

    findings = list(scanning(root, "maildir"))

    assert [(f.reason, f.key) for f in only(findings, NotCaptured)] == [("UnsupportedArtifact", b"2")]


def test_maildir_message_moved_and_flagged_during_the_scan_is_read(tmp_path):
    root = maildir(tmp_path / "m", "new/1", "new/2", "cur/3:2,", "cur/4:2,")
    findings = scanning(root, "maildir")

    first = next(findings)
    (root / "new/2").rename(root / "cur/2:2,S")
    (root / "cur/3:2,").rename(root / "cur/3:2,S")
    (root / "cur/4:2,").unlink()
    rest = list(findings)

    assert [item.key for item in (first, *only(rest, RawItem))] == [b"1", b"2", b"3"]
    assert [(f.name, f.reason, f.key) for f in only(rest, NotCaptured)] == [(b"4", "Vanished", b"4")]


def test_maildir_message_renamed_before_it_is_opened_is_read(tmp_path):
    root = maildir(tmp_path / "m", "cur/1:2,")
    (root / "cur/1:2,").write_bytes(MAIL + b"x" * 100_000)
    (item,) = only(scanning(root, "maildir"), RawItem)
    (root / "cur/1:2,").rename(root / "cur/1:2,S")

    with item.open() as stream:
        assert len(stream.read()) == len(MAIL) + 100_000
    (root / "cur/1:2,S").unlink()
    with pytest.raises(ItemNotReadable, match="Vanished"):
        item.open()


def test_maildir_of_two_files_with_one_key_gives_two_messages(tmp_path):
    root = maildir(tmp_path / "m", "cur/1:2,S", "cur/1:2,RS", "new/1")

    assert [item.key for item in only(scanning(root, "maildir"), RawItem)] == [b"1", b"1\x002", b"1\x003"]


def test_maildir_of_two_names_seen_during_a_move_gives_one_message(tmp_path):
    root = maildir(tmp_path / "m", "cur/0:2,", "cur/1:2,S", "new/1")
    findings = scanning(root, "maildir")

    first = next(findings)
    (root / "new/1").unlink()

    assert [item.key for item in (first, *only(findings, RawItem))] == [b"0", b"1"]


def test_maildir_message_that_may_not_be_opened(tmp_path, monkeypatch):
    root = maildir(tmp_path / "m", "cur/1:2,S")
    refuse(monkeypatch, "open", b"1:2,S", errno.EACCES)

    (found,) = only(scanning(root, "maildir"), NotCaptured)

    assert (found.name, found.reason, found.key) == (b"1", "PermissionDenied", b"1")


@pytest.mark.parametrize(("suffix", "name"), [(b"/cur", b"cur/"), (b"/.Sent", b"Sent/")])
def test_maildir_folder_that_may_not_be_listed_is_not_listed(tmp_path, monkeypatch, suffix, name):
    root = maildir(tmp_path / "m")
    maildir(root / ".Sent")
    findings = scanning(root, "maildir")
    refuse(monkeypatch, "scandir", suffix, errno.EACCES)

    found = list(findings)

    assert name in [f.name for f in only(found, NotCaptured)]
    listed = [f.folder for f in only(found, FolderListed)]
    assert (() in listed, (b"Sent",) in listed) == ((suffix == b"/.Sent"), False)


def test_maildir_entry_that_vanishes_leaves_its_folder_unlisted(tmp_path, monkeypatch):
    root = maildir(tmp_path / "m", "cur/1")
    for name in ("a.txt", "b.txt"):
        (root / name).write_text("x")
    findings = scanning(root, "maildir")

    next(findings)
    (root / "b.txt").unlink()
    rest = list(findings)

    assert [f.reason for f in only(rest, NotCaptured)] == ["Vanished"]
    assert only(rest, FolderListed) == []
