"""Mailboxes in mbox files as sources: what is dated, marked and held where the file lies or can't be told apart."""

from datetime import UTC, datetime, timedelta

import pytest

from legalhold.connectors import Exclusions, FileOpened, NotCaptured, RawItem, connect, mail_files
from legalhold.formats import ItemKind

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


def dates(path, chosen="auto"):
    return [
        (item.item_from, item.item_to)
        for item in scan(path, chosen)
        if isinstance(item, RawItem) and item.kind is ItemKind.MESSAGE
    ]


def test_message_is_dated_by_its_delivery_too(tmp_path):
    sent, behind = datetime(2018, 1, 1, 10, tzinfo=UTC), timedelta(hours=12)
    early, late = datetime(2017, 6, 1, 10, tzinfo=UTC), datetime(2024, 6, 1, 10, tzinfo=UTC)
    lines = [b"a Sat Jun  1 10:00:00 2024", b"a Thu Jun  1 12:00:00 +0200 2017", b"-", b"a Thu Jan  1 00:00:00 1970"]
    (tmp_path / "a.mbox").write_bytes(b"\n".join(b"From " + line + b"\n" + OLD + b"\n" for line in lines))

    assert dates(tmp_path / "a.mbox") == [(sent, late + behind), (early, sent), (sent, sent), (sent, sent)]


@pytest.mark.parametrize("date", [b"2024-06-01 10:00:00", b"at 10:00 on 1 June 2024, so", b"Sat Jun  1 10:00:00 1960"])
def test_message_whose_delivery_is_unknown_is_open(tmp_path, date):
    (tmp_path / "a.mbox").write_bytes(b"From a " + date + b"\n" + OLD + b"\n")

    [(begin, end)] = dates(tmp_path / "a.mbox", "mbox")

    assert (begin, end) == (None, None)


def test_message_without_a_date_stays_open_whatever_its_delivery(tmp_path):
    (tmp_path / "a.mbox").write_bytes(FROM + b"Subject: undated\n\n")

    assert dates(tmp_path / "a.mbox") == [(None, None)]


@pytest.mark.parametrize("begin", [FROM, b"\xef\xbb\xbf" + FROM, b">" + FROM])
def test_message_file_that_begins_with_a_from_line_is_dated_by_it(tmp_path, begin):
    (tmp_path / "a.eml").write_bytes(begin + OLD + b"\n")
    (tmp_path / "b.mbox").write_bytes(b"From -\n" + begin + OLD + b"\n")
    expected = (datetime(2018, 1, 1, 10, tzinfo=UTC), datetime(2024, 3, 14, 21, tzinfo=UTC))

    assert dates(tmp_path / "a.eml", "eml") == [expected]
    assert dates(tmp_path / "b.mbox", "mbox") == [expected]
