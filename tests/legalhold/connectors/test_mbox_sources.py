"""Mailboxes in mbox files as sources: what is dated, marked and held where the file lies or can't be told apart."""

import pytest

from legalhold.connectors import Exclusions, FileOpened, NotCaptured, RawItem, connect, mail_files

FROM = b"From a@b Thu Mar 14 09:00:00 2024\n"
OLD = b"Subject: old\nDate: Mon, 1 Jan 2018 10:00:00 +0000\n"
NEW = b"Subject: new\nDate: Thu, 14 Mar 2024 09:00:00 +0000\n\ntext\n"


def scan(path, chosen="auto"):
    return list(connect(path=path, format=chosen, exclude=Exclusions()).scan())


def told(findings):
    """Kind, name, whether its dates are open, marks."""
    return [
        (item.kind.name, item.name.decode(), item.item_from is item.item_to is None, item.exceptions)
        for item in findings
        if isinstance(item, RawItem)
    ]


def test_one_lying_length_hides_no_message(tmp_path):
    rest = b"hi\n\n" + (FROM + NEW + b"\n") * 2
    (tmp_path / "a.mbox").write_bytes(FROM + OLD + b"Content-Length: %d\n\n" % len(rest) + rest)

    assert told(scan(tmp_path / "a.mbox")) == [
        ("MESSAGE", "old", False, ()),
        ("MESSAGE", "new", False, ()),
        ("MESSAGE", "new", False, ()),
        ("CONTAINER", "a.mbox", False, ()),
    ]


def test_message_whose_length_reaches_over_others_is_marked_and_open(tmp_path):
    true = FROM + OLD + b"Content-Length: 3\n\nhi\n\n"
    rest = b"hi\n\n" + FROM + NEW
    (tmp_path / "a.mbox").write_bytes(true + FROM + OLD + b"Content-Length: %d\n\n" % len(rest) + rest)

    assert told(scan(tmp_path / "a.mbox")) == [
        ("MESSAGE", "old", False, ()),
        ("MESSAGE", "old", True, ("FROM_LINE_INSIDE",)),
        ("CONTAINER", "a.mbox", True, ()),
    ]


@pytest.mark.parametrize("text", [b"From nobody\n" + NEW, b"\nFrom Russia\nYear: 1963\n"])
def test_message_with_a_line_that_may_begin_another_is_marked_and_open(tmp_path, text):
    (tmp_path / "a.mbox").write_bytes(FROM + OLD + b"\nhi\n" + text)

    assert told(scan(tmp_path / "a.mbox")) == [
        ("MESSAGE", "old", True, ("FROM_LINE_INSIDE",)),
        ("CONTAINER", "a.mbox", True, ()),
    ]


def test_mailbox_in_a_folder_of_messages_is_taken_apart(tmp_path):
    (tmp_path / "a.eml").write_bytes(NEW)
    (tmp_path / "b.eml").write_bytes(FROM + NEW)
    (tmp_path / "Inbox").write_bytes(FROM + OLD + b"\n" + FROM + NEW)

    findings = scan(tmp_path)

    assert told(findings) == told(scan(tmp_path, "eml"))
    assert told(findings) == [
        ("MESSAGE", "old", False, ()),
        ("MESSAGE", "new", False, ()),
        ("CONTAINER", "Inbox", False, ()),
        ("MESSAGE", "a.eml", False, ()),
        ("MESSAGE", "b.eml", False, ()),
    ]
    assert [found.as_ for found in findings if isinstance(found, FileOpened)] == ["container", "single", "single"]


@pytest.mark.parametrize("inner", [FROM + NEW, (FROM + NEW + b"\n") * 2, b"\nFrom Russia\nYear: 1963\n"])
def test_message_file_that_may_be_several_is_marked_and_open(tmp_path, inner):
    (tmp_path / "a.eml").write_bytes(OLD + b"\n" + inner)

    assert told(scan(tmp_path, "eml")) == [("MESSAGE", "a.eml", True, ("FROM_LINE_INSIDE",))]


def test_large_message_file_is_looked_at_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(mail_files, "SCANNED_BYTES", 100)
    (tmp_path / "a.eml").write_bytes(OLD + b"\n" + b"x" * 500 + b"\n" + FROM + NEW)
    (tmp_path / "b").write_bytes(FROM + OLD + b"\n" + b"x" * 500 + b"\n" + FROM + NEW)

    assert told(scan(tmp_path, "eml")) == [
        ("MESSAGE", "a.eml", True, ("FROM_LINE_INSIDE",)),
        ("MESSAGE", "old", False, ()),
        ("MESSAGE", "new", False, ()),
        ("CONTAINER", "b", False, ()),
    ]


def test_message_file_on_a_failing_disk_is_not_captured(tmp_path, monkeypatch):
    def failing(source):
        raise OSError(5, "Input/output error")

    (tmp_path / "a.eml").write_bytes(FROM + NEW)
    monkeypatch.setattr(mail_files, "index_mbox", failing)

    [missed] = [found for found in scan(tmp_path, "eml") if isinstance(found, NotCaptured)]

    assert (missed.reason, missed.key) == ("Unreadable", b"a.eml")


@pytest.mark.parametrize("blank", [b"", b"\n"])
def test_messages_with_lone_crs_are_items(tmp_path, blank):
    (tmp_path / "a.mbox").write_bytes((FROM + OLD + b"\n" + blank + FROM + NEW).replace(b"\n", b"\r"))

    assert told(scan(tmp_path / "a.mbox")) == [
        ("MESSAGE", "old", False, ()),
        ("MESSAGE", "new", False, ()),
        ("CONTAINER", "a.mbox", False, ()),
    ]


def test_message_inside_a_from_line_is_told_by_the_container(tmp_path):
    (tmp_path / "a.mbox").write_bytes(FROM.replace(b"\n", b"\r") + NEW.replace(b"\n", b"\r") + b"\n\n" + FROM + NEW)

    assert told(scan(tmp_path / "a.mbox", "mbox")) == [
        ("MESSAGE", "message", True, ("ZERO_BYTE",)),
        ("MESSAGE", "new", False, ()),
        ("CONTAINER", "a.mbox", True, ("CONTAINER_REMAINDER",)),
    ]
